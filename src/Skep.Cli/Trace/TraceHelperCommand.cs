using System.CommandLine;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Debug.Trace;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;

namespace Skep.Cli.Trace;

/// <summary><c>skep trace helper</c>.</summary>
internal static class TraceHelperCommand
{
    public static Command Create()
    {
        SelectableObjects<BpfProgram> objects = SelectableObjects.Programs();
        var helper = new Argument<string>("NAME") { Description = "A helper (bpf_map_update_elem) or a kernel function that it calls." };
        var prog = new Option<string[]>("--prog")
        {
            Description = $"The program: {objects.Kind.Usage}.", HelpName = "PROG", AllowMultipleArgumentsPerToken = true,
        };
        var outputs = new TraceOutputs();
        var trace = new SkepCommand(
            "helper",
            "Follows the calls of a helper or a kernel function that a program makes: arguments, result, duration.\n"
            + "Calls that others make of it are not shown.",
            new(
                "docs/trace.md",
                new("skep trace helper bpf_map_update_elem --prog id 5", "the updates of maps by a program"),
                new("skep trace helper bpf_fib_lookup --prog name my_xdp --filter 'result != 0' -j",
                    "lookups of routes that fail, as JSON")))
            {
                helper, prog,
            };
        outputs.AddTo(trace);
        trace.Prints((parsed, form) =>
        {
            if (parsed.GetValue(prog) is not { Length: > 0 } words)
                return Message.Error("name the program that calls it: --prog id N, or name, tag, pinned", ExitCode.Usage);
            using BpfProgram? program = ObjectArgument.OpenOne(objects, words, out string? mistake);
            if (program is null) return Message.Error(mistake!, ExitCode.Usage);
            var machine = new MachineSnapshot();
            string name = parsed.GetValue(helper)!;
            IReadOnlyList<TraceTarget> targets = TraceTarget.OfHelper(LoadedCodeReader.Read(program, machine.Kernel), name);
            return outputs.Run(parsed, form, program, targets, $"{name} of {program}");
        });
        return trace;
    }
}
