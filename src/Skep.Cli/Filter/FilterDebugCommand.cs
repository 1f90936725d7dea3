using System.CommandLine;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Debug;
using Skep.Cli.Help;
using Skep.Debug.Debugger;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Live;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.Simulate;
using Skep.Inventory.Code;
using Skep.Linux.Kernel;

namespace Skep.Cli.Filter;

/// <summary><c>skep filter debug</c>.</summary>
internal static class FilterDebugCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "A rule file." };
        (Option<string?> packet, Option<string?> pcap, Option<int?> number) = DebugOptions.Packet();
        Option<string> iif = IncomingInterface.Create();
        Option<string[]> commands = DebugOptions.Commands();
        var debug = new SkepCommand(
            "debug",
            "Steps a packet through the rules of a file, forward and back, in a virtual machine.\n"
            + "The rules are the source lines; the commands are those of skep debug. Needs root, for the maps of the rules.",
            new(
                "docs/debug.md",
                new("skep filter debug edge.skep --packet 'udp 10.0.0.1:5 > 10.0.0.2:53'", "commands from standard input"),
                new("skep filter debug edge.skep --pcap trace.pcapng --number 7 -c 'break 12' -c continue -c 'info packet'", "a script"))
            {
                Failed = "failed, or a command of --command could not be done",
                Usage = "wrong usage, or the rule file has an error",
            }) { file, packet, pcap, number, iif, commands };
        DebugOptions.Check(debug, packet, pcap, number);
        debug.Validators.Add(result =>
        {
            if (result.GetResult(packet) is null && result.GetResult(pcap) is null) result.AddError("give --packet 'TEXT' or --pcap FILE");
        });
        debug.Prints((parsed, form) =>
        {
            string path = parsed.GetValue(file)!;
            if (!FilterFile.TryRead(path, out Table table)) return ExitCode.Usage;
            if (!DebugOptions.TryPacket(parsed.GetValue(packet), parsed.GetValue(pcap), parsed.GetValue(number), out byte[] bytes))
                return ExitCode.Usage;
            try
            {
                table = Simulators.Resolve(table, parsed.GetValue(iif)!, out uint index);
                CompiledFilter compiled = FilterCompiler.Compile(
                    new KernelPlanner().Plan(table, hasFrags: false, readsKernel: false), [.. Enumerable.Range(0, table.Rules.Count)]);
                using LoadedFilter loaded = LoadedFilter.Load(compiled, "skep_debug", LoadedFilter.Now, static _ => 1);
                RedirectTargets.Fill(loaded, Message.Print);
                return DebugRun.Run(Target(path, loaded, MachineInput.OfFrame(bytes, index)), parsed.GetValue(commands) ?? [], form);
            }
            catch (FilterCompileException e)
            {
                return Message.Error(e.Message, ExitCode.Failed);
            }
        });
        return debug;
    }

    private static DebugTarget Target(string path, LoadedFilter loaded, MachineInput input)
    {
        MapDefinition[] maps = [.. loaded.Maps.Select(map => LiveMaps.DefinitionOf(map.Info))];
        var code = new ProgramCode
        {
            Bytes = MemoryMarshal.AsBytes(loaded.Filter.Instructions.AsSpan()).ToArray(),
            Form = Isa.ProgramForm.Loaded,
            Name = loaded.Filter.Plan.Table.Name,
            Type = BpfProgramType.Xdp,
            Lines = [.. loaded.Filter.Lines().Select(line => new CodeLine(line.Start, path, line.Line, line.Line == 0 ? 0 : 1, line.Text))],
        };
        var options = new MachineOptions { Cpus = PossibleCpus.Count, Time = LoadedFilter.Now, Kernel = new KernelLookup() };
        return new DebugTarget(code, input, options)
        {
            Image = ProgramImage.Of(loaded.Filter.Plan.Table.Name, BpfProgramType.Xdp, loaded.Filter.Instructions, maps),
            Fill = machine => Fill(machine, loaded),
        };
    }

    private static void Fill(BpfMachine machine, LoadedFilter loaded)
    {
        var copies = new LiveMaps(machine);
        foreach (MachineMap map in machine.Maps.ToArray())
            if (loaded.Maps.FirstOrDefault(from => from.Info.Id == map.Definition.Id) is { } kernel) copies.Copy(kernel, map);
    }
}
