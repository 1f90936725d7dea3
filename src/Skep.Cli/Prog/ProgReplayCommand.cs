using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Debug.Replay;
using Skep.Inventory.Machine;
using Skep.Linux.Files;
using Skep.Output;
using Skep.Packets.Captures;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog replay</c>.</summary>
internal static class ProgReplayCommand
{
    public static Command Create()
    {
        Argument<string[]> words = ProgramArgument.Create();
        var only = new Option<string?>("--prog") { Description = "The program of the file, where it has several.", HelpName = "NAME" };
        var packets = new Option<string[]>("--packet")
        {
            Description = "A packet as text: 'udp 10.0.0.1:5 > 10.0.0.2:53' (may be repeated).", HelpName = "TEXT",
        };
        var pcap = new Option<string?>("--pcap") { Description = "Packets from a pcap or pcapng file.", HelpName = "FILE" };
        var context = new Option<string?>("--ctx")
        {
            Description = "The bytes of the context: alone, or beside each packet.", HelpName = "FILE",
        };
        var repeat = new Option<int?>("--repeat")
        {
            Description = "Run it this often on each packet; the time is the average.", HelpName = "N",
        };
        OptionValues.TakePositive(repeat);
        var replay = new SkepCommand(
            "replay",
            "Runs a program on packets or a context in the kernel, and prints what it returned and changed.\n"
            + "A loaded program runs with its own maps: what it changes in them stays.",
            new(
                "docs/replay.md",
                new("skep prog replay id 5 --packet 'udp 10.0.0.1:5 > 10.0.0.2:53'", "a loaded program, on a packet"),
                new("skep prog replay my_xdp.bpf.o --pcap trace.pcapng -j", "a program of a file, on the packets of a capture"),
                new("skep prog replay my_tp.bpf.o --prog handle_enter --ctx ctx.bin", "on a context, as of a raw tracepoint")))
            {
                words, only, packets, pcap, context, repeat,
            };
        replay.Validators.Add(result =>
        {
            bool text = result.GetResult(packets) is { Implicit: false }, capture = result.GetResult(pcap) is not null;
            if (text && capture) result.AddError("give either --pcap FILE or --packet 'TEXT'");
            if (!text && !capture && result.GetResult(repeat) is not null)
                result.AddError("--repeat is for packets: leave it out with --ctx alone");
            if (!text && !capture && result.GetResult(context) is null) result.AddError("give --packet 'TEXT', --pcap FILE or --ctx FILE");
        });
        replay.Prints((parsed, form) =>
        {
            if (!PacketInput.TryBuild(parsed.GetValue(packets) ?? [], out List<CapturedPacket> built)) return ExitCode.Usage;
            byte[] bytes = parsed.GetValue(context) is { } file ? NamedInput.ReadBytes(file, InputLimit.Context) : [];
            using PacketInput? capture = parsed.GetValue(pcap) is { } path ? new PacketInput(path) : null;
            var given = new Given(
                capture?.EthernetPackets() ?? built, capture is null && built.Count == 0, bytes, parsed.GetValue(repeat) ?? 1);
            string[] named = parsed.GetValue(words)!;
            if (ProgramArgument.TryOpen(named, out BpfProgram? loaded, out string? mistake))
                using (loaded) Run(loaded!, null, isAlone: false, given, form);
            else if (mistake is not null) return Message.Error(mistake, ExitCode.Usage);
            else if (!TryRunFile(named[0], parsed.GetValue(only), given, form)) return ExitCode.Failed;
            return capture?.Error is { } error ? Message.Error(error, ExitCode.Failed) : ExitCode.Done;
        });
        return replay;
    }

    private static bool TryRunFile(string file, string? only, Given given, OutputForm form)
    {
        byte[] elf = InputFile.ReadBytes(file, InputLimit.Code);
        try
        {
            using ObjectProgram program = ObjectProgram.Load(elf, Path.GetFileName(file), only);
            Run(program.Program, program.AttachType, isAlone: true, given, form);
            return true;
        }
        catch (BpfLoadException e) when (e.Error.Name is not "EPERM" || Environment.IsPrivilegedProcess)
        {
            Message.Error($"{e.Message} (skep prog verify {file} explains it)", ExitCode.Failed);
            return false;
        }
    }

    private static void Run(BpfProgram program, BpfAttachType? attachType, bool isAlone, Given given, OutputForm form)
    {
        using var replay = new ProgramReplay(program, attachType, isAlone, new MachineSnapshot().Types);
        if (given.IsContext && replay.TakesPacket)
            throw new InvalidDataException($"replay {program}: programs of its type are run on packets (give --packet or --pcap)");
        if (!replay.TakesPacket && !replay.TakesContext)
            throw new NotSupportedException($"replay {program}: the kernel has no test run for programs of its type");
        if (!given.IsContext && !replay.TakesPacket)
            throw new InvalidDataException($"replay {program}: programs of its type are run on a context (give --ctx alone)");
        foreach (string unseen in replay.Unseen) Message.Print($"warning: changes are not seen of {unseen}");
        IEnumerable<ReplayedRun> runs = given.IsContext
            ? [replay.RunContext(given.Context)]
            : given.Packets.Select(packet => replay.RunPacket(packet.Bytes, given.Context, given.Repeat));
        StandardOutput.WriteEach(form, runs, ReplayWriter.WriteJson, ReplayWriter.WriteText);
    }

    private sealed record Given(IEnumerable<CapturedPacket> Packets, bool IsContext, byte[] Context, int Repeat);
}
