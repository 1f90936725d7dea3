using System.CommandLine;
using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Prog;
using Skep.Debug.Debugger;
using Skep.Debug.Debugger.Console;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.State;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Linux.Files;
using Skep.Linux.Streams;
using Skep.Output;
using Skep.Packets.Captures;

namespace Skep.Cli.Debug;

/// <summary><c>skep debug</c>.</summary>
internal static class DebugCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = $"FILE, an ELF object or raw instructions; or with --from {ProgramArgument.Usage}.",
            Arity = ArgumentArity.OneOrMore,
        };
        var only = new Option<string?>("--prog") { Description = "The program of the file, where it has several.", HelpName = "NAME" };
        var packet = new Option<string?>("--packet")
        {
            Description = "The packet as text: 'udp 10.0.0.1:5 > 10.0.0.2:53'.", HelpName = "TEXT",
        };
        var pcap = new Option<string?>("--pcap") { Description = "The packet from a pcap or pcapng file.", HelpName = "FILE" };
        var number = new Option<int>("--number")
        {
            Description = "Which packet of the file, from 1.", HelpName = "N", DefaultValueFactory = _ => 1,
        };
        var context = new Option<string?>("--ctx") { Description = "The bytes of the context.", HelpName = "FILE" };
        var from = new Option<string?>("--from")
        {
            Description = "The directory of skep watch --save with the original of a loaded program.", HelpName = "DIR",
        };
        var seed = new Option<long>("--seed")
        {
            Description = "What random numbers come from.", HelpName = "N", DefaultValueFactory = _ => 1,
        };
        var commands = new Option<string[]>("--command", "-c")
        {
            Description = "A command to do, instead of those of standard input (may be repeated).", HelpName = "COMMAND",
        };
        var debug = new SkepCommand(
            "debug",
            "Runs a program step by step, forward and back, in a virtual machine: not in the kernel.\n"
            + "Commands are read from standard input, one a line, as gdb names them; help lists them.",
            new(
                "docs/debug.md",
                new("skep debug my_xdp.bpf.o --packet 'udp 10.0.0.1:5 > 10.0.0.2:53'", "an XDP program on a packet"),
                new("skep debug my_xdp.bpf.o --packet 'tcp 10.0.0.1:5 > 10.0.0.2:80' -c 'break 17' -c continue -c 'info registers'",
                    "a script"),
                new("skep debug id 5 --from saved --packet 'icmp 10.0.0.1 > 10.0.0.2'", "a loaded program, with its maps as they are now"))
            {
                Failed = "failed, or a command of --command could not be done",
            }) { words, only, packet, pcap, number, context, from, seed, commands };
        debug.Validators.Add(result =>
        {
            if (result.GetResult(packet) is not null && result.GetResult(pcap) is not null)
                result.AddError("give either --pcap FILE or --packet 'TEXT'");
            if (result.GetResult(number) is { Implicit: false } given && given.GetValueOrDefault<int>() < 1)
                result.AddError("--number takes a number from 1 on");
        });
        debug.Prints((parsed, form) =>
        {
            string? saved = parsed.GetValue(from);
            ProgramCode? code = saved is null
                ? OfFile(parsed.GetValue(words)!, parsed.GetValue(only), out string? mistake)
                : OfSaved(parsed.GetValue(words)!, saved, out mistake);
            if (code is null) return Message.Error(mistake!, ExitCode.Usage);
            if (!TryPacket(parsed.GetValue(packet), parsed.GetValue(pcap), parsed.GetValue(number), out byte[] bytes)) return ExitCode.Usage;
            byte[] given = parsed.GetValue(context) is { } file ? NamedInput.ReadBytes(file, InputLimit.Context) : [];
            var target = new DebugTarget(
                code, new MachineInput { Packet = bytes, Context = given }, new MachineOptions { Seed = (ulong)parsed.GetValue(seed) })
            {
                Fill = saved is null ? null : machine => LoadedTarget.Fill(code, machine),
            };
            return Run(new DebugConsole(new DebugSession(target)), parsed.GetValue(commands) ?? [], form);
        });
        return debug;
    }

    private static int Run(DebugConsole console, string[] commands, OutputForm form)
    {
        bool isDone = true;
        StandardOutput.WriteText(output =>
        {
            console.WritePlace(output, form);
            if (commands.Length > 0)
            {
                foreach (string command in commands.TakeWhile(_ => !console.IsEnded)) isDone &= console.Execute(command, output, form);
                return;
            }

            bool isTerminal = Terminal.IsOutput;
            using InputStream stream = NamedInput.Open("-", InputLimit.Commands);
            using var input = new StreamReader(stream);
            while (!console.IsEnded)
            {
                if (isTerminal) output.Write("(skep) ");
                output.Flush();
                if (input.ReadLine() is not { } line) break;
                console.Execute(line, output, form);
            }
        });
        return isDone ? ExitCode.Done : ExitCode.Failed;
    }

    private static ProgramCode? OfSaved(string[] words, string directory, out string? mistake)
    {
        TargetKernel kernel = new MachineSnapshot().Kernel;
        if (DumpedPrograms.ReadOriginal(words, directory, kernel, out mistake) is not [var original]) return null;
        if (!ProgramArgument.TryOpen(words, out BpfProgram? loaded, out _)) return original;
        using (loaded) return LoadedTarget.WithMaps(original, LoadedCodeReader.Read(loaded!, kernel));
    }

    private static ProgramCode? OfFile(string[] words, string? only, out string? mistake)
    {
        if (words is not [var file] || ProgramArgument.TryParse(words, out _, out _))
        {
            mistake = "the kernel keeps of a loaded program what it made of it, which no machine here runs (give --from DIR with what "
                + "skep watch --save kept, or the program's FILE)";
            return null;
        }

        IReadOnlyList<ProgramCode> programs = CodeFileReader.Read(file, new MachineSnapshot().Kernel);
        string names = string.Join(", ", programs.Select(code => code.Name));
        ProgramCode? chosen = only is not null ? programs.FirstOrDefault(code => code.Name == only) : programs is [var one] ? one : null;
        mistake = chosen is not null ? null
            : only is null ? $"{file} has several programs (give --prog with one of {names})"
            : $"{file} has no program {only} (it has {names})";
        if (chosen is null) return null;
        byte[] bytes = InputFile.ReadBytes(file, InputLimit.Code);
        return ElfFile.IsElf(bytes) ? RelocatedCode.Of(chosen, bytes, Path.GetFileName(file)) : chosen;
    }

    private static bool TryPacket(string? text, string? path, int number, out byte[] packet)
    {
        packet = [];
        if (text is not null)
        {
            if (!PacketInput.TryBuild([text], out List<CapturedPacket> built)) return false;
            packet = built[0].Bytes;
            return true;
        }

        if (path is null) return true;
        using var capture = new PacketInput(path);
        CapturedPacket? found = capture.Packets().Skip(number - 1).FirstOrDefault();
        if (found is null)
        {
            Message.Error(capture.Error ?? $"reading {path}: it has no packet {number}", ExitCode.Usage);
            return false;
        }

        packet = found.Bytes;
        return true;
    }
}
