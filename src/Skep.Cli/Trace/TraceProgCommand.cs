using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Debug.Trace;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Cli.Trace;

/// <summary><c>skep trace prog</c>.</summary>
internal static class TraceProgCommand
{
    public static Command Create()
    {
        SelectableObjects<BpfProgram> objects = SelectableObjects.Programs();
        Argument<string[]> words = ObjectArgument.Of("PROG", objects.Kind);
        var function = new Option<string?>("--func")
        {
            Description = "Trace this function of the program, not its first.", HelpName = "NAME",
        };
        var write = new Option<string?>("--write")
        {
            Description = "Write the packets before and after each call to a pcapng file as well, with the verdict as comment; "
                + "- for standard output, instead of the text.",
            HelpName = "FILE",
        };
        var save = new Option<string?>("--save")
        {
            Description = "Save each call with its context and maps, for skep debug --event; one call, unless -n or --duration says more.",
            HelpName = "DIR",
        };
        var outputs = new TraceOutputs();
        var trace = new SkepCommand(
            "prog",
            "Follows the calls of a loaded program: packet or arguments, result, duration.\n"
            + "At the end it prints how long calls took. The program runs on as before; it is attached to by fentry and fexit.",
            new(
                "docs/trace.md",
                new("skep trace prog id 5", "one line per call"),
                new("skep trace prog name my_xdp --filter 'result == XDP_DROP' --write dropped.pcapng",
                    "packets that it drops, for Wireshark"),
                new("skep trace prog id 5 --save calls -n 10", "ten calls, to be stepped through by skep debug --event")))
            {
                words, function, write, save,
            };
        outputs.AddTo(trace);
        trace.Validators.Add(result =>
        {
            if (result.GetResult(save) is not null && result.GetResult(function) is not null)
                result.AddError("--save is for calls of the whole program: leave out --func");
        });
        trace.Prints((parsed, form) =>
        {
            string? file = parsed.GetValue(write);
            if (form != OutputForm.Text && file == "-")
                return Message.Error("-j and --write - both want standard output (write the packets to a file)", ExitCode.Usage);
            using BpfProgram? program = ObjectArgument.OpenOne(objects, parsed.GetValue(words)!, out string? mistake);
            if (program is null) return Message.Error(mistake!, ExitCode.Usage);
            var machine = new MachineSnapshot();
            TraceTarget target = TraceTarget.OfProgram(LoadedCodeReader.Read(program, machine.Kernel), parsed.GetValue(function));
            if (file is not null && target.Start is null)
                return Message.Error($"--write wants packets, and {target.Name} is given none", ExitCode.Usage);
            return outputs.Run(parsed, form, program, [target], $"{target.Name} of {program}", file, parsed.GetValue(save));
        });
        return trace;
    }
}
