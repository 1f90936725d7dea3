using System.CommandLine;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Cli.Prog;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Live;
using Skep.Debug.Machine.State;
using Skep.Linux.Files;
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
            Description = $"{ProgramArgument.Usage}. FILE is an ELF object or raw instructions. With --check or --command also several, "
                + "or all that are loaded.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var only = new Option<string?>("--prog") { Description = "The program of the file, where it has several.", HelpName = "NAME" };
        (Option<string?> packet, Option<string?> pcap, Option<int?> number) = DebugOptions.Packet();
        var context = new Option<string?>("--ctx") { Description = "The bytes of the context.", HelpName = "FILE" };
        var from = new Option<string?>("--from")
        {
            Description = "The directory of skep watch --save with the original, in place of the kernel's translated code.",
            HelpName = "DIR",
        };
        var saved = new Option<string?>("--event")
        {
            Description = "A call that skep trace --save wrote, in place of PROG: its program need not be loaded.", HelpName = "FILE",
        };
        var seed = new Option<int?>("--seed") { Description = "What random numbers come from (1).", HelpName = "N" };
        OptionValues.TakePositive(seed);
        var ask = new Option<bool>("--ask-kernel")
        {
            Description = "Ask this machine's kernel what depends on its routes, devices and sockets (bpf_fib_lookup, bpf_check_mtu, "
                + "bpf_sk_lookup_tcp, ...); --check always does.",
        };
        Option<string[]> commands = DebugOptions.Commands();
        var adapter = new Option<bool>("--dap")
        {
            Description = "Serve an editor by the Debug Adapter Protocol on standard input and output (docs/dap.md).",
        };
        var check = new Option<bool>("--check")
        {
            Description = "Run it to its end here and in the kernel, and print what differs; PROG is an ELF object, or --event.",
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
                new("skep debug --event call-5-1.skepcall", "a call that skep trace saved"))
            {
                Failed = "failed, or a command of --command could not be done",
            }) { words, only, packet, pcap, number, context, saved, from, seed, ask, commands, check, adapter };
        DebugOptions.Check(debug, packet, pcap, number);
        debug.Validators.Add(result =>
        {
            bool hasWords = result.GetResult(words)?.Tokens.Count > 0, isAdapter = result.GetResult(adapter) is { Implicit: false };
            bool isSaved = result.GetResult(saved) is not null;
            if (!hasWords && !isAdapter && !isSaved) result.AddError("give PROG, --event FILE or --dap");
            bool isGiven = new Option[] { only, packet, pcap, context, from }.Any(other => result.GetResult(other) is not null);
            if (isSaved && (hasWords || isAdapter || isGiven))
                result.AddError("--event has the program, its maps and what it was given: leave out what names others");
            if (isSaved && result.GetResult(check) is { Implicit: false } && result.GetResult(ask) is { Implicit: false })
                result.AddError("--check of --event compares with what the kernel did then: leave out --ask-kernel");
            if (result.GetResult(check) is { Implicit: false } && result.GetResult(commands) is { Implicit: false })
                result.AddError("--check runs the program to its end: leave out --command");
            if (!isAdapter) return;
            if (hasWords) result.AddError("with --dap the editor names the program: leave out PROG");
            foreach (Option option in (Option[])[only, packet, pcap, number, context, from, seed, ask, commands, check])
                if (result.GetResult(option) is { Implicit: false })
                    result.AddError($"with --dap the editor says what is run, and how: leave out {option.Name}");
        });
        debug.Prints((parsed, form) =>
        {
            if (parsed.GetValue(adapter))
            {
                return form == OutputForm.Text ? DebugAdapter.Run()
                    : Message.Error("with --dap the answers are the protocol's: leave out -j and -p", ExitCode.Usage);
            }

            IKernelLookup? kernel = parsed.GetValue(ask) ? new KernelLookup() : null;
            if (parsed.GetValue(saved) is { } path)
                return DebugSaved.Run(path, parsed.GetValue(check), parsed.GetValue(commands) ?? [], parsed.GetValue(seed), kernel, form);
            if (!DebugOptions.TryPacket(parsed.GetValue(packet), parsed.GetValue(pcap), parsed.GetValue(number), out byte[] bytes))
                return ExitCode.Usage;
            byte[] given = parsed.GetValue(context) is { } file ? NamedInput.ReadBytes(file, InputLimit.Context) : [];
            var run = new DebugRequest(
                parsed.GetValue(only), parsed.GetValue(from), parsed.GetValue(check), parsed.GetValue(commands) ?? [],
                new MachineInput { Packet = bytes, Context = given },
                new MachineOptions { Seed = (ulong)(parsed.GetValue(seed) ?? 1), Kernel = kernel });
            string[][] programs = [.. ProgramArgument.Expand(parsed.GetValue(words)!)];
            if (programs is [var one]) return run.Do(one, form);
            if (!run.IsScript) return Message.Error("several programs are debugged by --check, or by a script (--command)", ExitCode.Usage);
            return programs.Select(program => run.DoOneOfSeveral(program, form)).DefaultIfEmpty(ExitCode.Done).Max();
        });
        return debug;
    }
}
