using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Skep.Analysis.Decompile;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Inventory.Code;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog decompile</c>.</summary>
internal static class DecompileCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = "id N | name NAME | tag TAG | pinned PATH | N | FILE. FILE is an ELF object or raw instructions.",
            Arity = ArgumentArity.OneOrMore,
        };
        var instructions = new Option<bool>("--insns") { Description = "The number of each line's instruction, in the margin." };
        var source = new Option<bool>("--source") { Description = "The source lines, where the program's BTF has them, as comments." };
        var json = new Option<bool>("--json", "-j") { Description = "JSON: an object; for a file of several programs an array of them." };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines." };
        var decompile = new Command("decompile", "Shows a program as structured pseudo-C.") { words, instructions, source, json, pretty };
        decompile.SetAction(parsed =>
        {
            string[] rest = parsed.GetValue(words)!;
            if (!TryDecompile(rest, out IReadOnlyList<Decompilation>? programs, out string? mistake)) return Talk.Error(mistake, ExitCode.Usage);
            if (parsed.GetValue(json) || parsed.GetValue(pretty))
            {
                Data.WriteJson(parsed.GetValue(pretty), writer =>
                {
                    if (programs.Count > 1) writer.WriteStartArray();
                    foreach (Decompilation one in programs) DecompilationWriter.WriteJson(writer, one);
                    if (programs.Count > 1) writer.WriteEndArray();
                });
            }
            else
            {
                var options = new DecompilationOptions(parsed.GetValue(instructions), parsed.GetValue(source), Talk.ColourOutput);
                Data.WriteText(output =>
                {
                    foreach (Decompilation one in programs)
                    {
                        if (one != programs[0]) output.WriteLine();
                        DecompilationWriter.WriteText(output, one, options);
                    }
                });
            }

            return ExitCode.Done;
        });
        return decompile;
    }

    private static bool TryDecompile(string[] words, [NotNullWhen(true)] out IReadOnlyList<Decompilation>? programs, [NotNullWhen(false)] out string? mistake)
    {
        using var progress = new AnalysisProgress("decompiling");
        programs = null;
        IReadOnlyList<ProgramCode> codes;
        if (ProgramSpecifier.TryOpen(words, out BpfProgram? program, out mistake))
        {
            using (program) codes = [LoadedCodeReader.Read(program!)];
        }
        else if (mistake is not null) return false;
        else codes = CodeFileReader.Read(words[0]);

        programs = progress.Each(codes, Decompilation.Of);
        return true;
    }
}
