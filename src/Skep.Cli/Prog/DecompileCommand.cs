using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Skep.Analysis.Decompile;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog decompile</c>.</summary>
internal static class DecompileCommand
{
    public static Command Create()
    {
        Argument<string[]> words = ProgramArgument.CreateSeveral();
        var instructions = new Option<bool>("--insns") { Description = "Print the number of each line's instruction in the margin." };
        var source = new Option<bool>("--source")
        {
            Description = "Print the source lines, where the program's BTF has them, as comments.",
        };
        var decompile = new SkepCommand("decompile", "Prints a program as structured pseudo-C.", new(
            "docs/decompile.md",
            new("skep prog decompile id 5", "a loaded program"),
            new("skep prog decompile my_prog.bpf.o --source", "each program of an object file, with its source lines")))
        {
            words, instructions, source,
        };
        decompile.Prints((parsed, form) =>
        {
            IReadOnlyList<ProgramCode> codes =
                ProgramArgument.ReadAll(parsed.GetValue(words)!, new MachineSnapshot().Kernel, out string? mistake);
            if (mistake is not null) return Message.Error(mistake, ExitCode.Usage);
            IReadOnlyList<Decompilation> programs;
            using (var progress = new AnalysisProgress("decompiling")) programs = progress.Each(codes, Decompilation.Of);
            var options = new DecompilationOptions(parsed.GetValue(instructions), parsed.GetValue(source), StandardOutput.HasColour);
            StandardOutput.Write(
                form,
                json => Several.WriteJson(json, programs, DecompilationWriter.WriteJson),
                text => Several.WriteText(text, programs, (output, one) => DecompilationWriter.WriteText(output, one, options)));
            return ExitCode.Done;
        });
        return decompile;
    }
}
