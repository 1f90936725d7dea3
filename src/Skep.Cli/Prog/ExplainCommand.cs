using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Inventory.Code;
using Skep.Inventory.Objects;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog explain</c>.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = "id N | name NAME | tag TAG | pinned PATH | N | FILE. FILE is an ELF object or raw instructions.",
            Arity = ArgumentArity.OneOrMore,
        };
        var json = new Option<bool>("--json", "-j") { Description = "JSON: an object; for a file of several programs an array of them." };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines." };
        var explain = new Command("explain", "Says what a program reads, changes and tells user space, with the instructions that prove it.") { words, json, pretty };
        explain.SetAction(parsed =>
        {
            string[] rest = parsed.GetValue(words)!;
            if (!TryExplain(rest, out IReadOnlyList<Explanation>? told, out string? mistake)) return Talk.Error(mistake, ExitCode.Usage);

            if (parsed.GetValue(json) || parsed.GetValue(pretty))
            {
                Data.WriteJson(parsed.GetValue(pretty), writer =>
                {
                    if (told.Count > 1) writer.WriteStartArray();
                    foreach (Explanation about in told) ExplanationJson.Write(writer, about);
                    if (told.Count > 1) writer.WriteEndArray();
                });
            }
            else
            {
                Data.WriteText(output =>
                {
                    foreach (Explanation about in told)
                    {
                        if (about != told[0]) output.WriteLine();
                        ExplanationText.Write(output, about);
                    }
                });
            }

            return ExitCode.Done;
        });
        return explain;
    }

    private static bool TryExplain(string[] words, [NotNullWhen(true)] out IReadOnlyList<Explanation>? told, [NotNullWhen(false)] out string? mistake)
    {
        using var progress = new AnalysisProgress("explaining");
        told = null;
        if (ProgramSpecifier.TryOpen(words, out BpfProgram? program, out mistake))
        {
            using (program)
            {
                ProgramCode code = LoadedCodeReader.Read(program!);
                told = [Explainer.Explain(code, ProgramSurroundings.Read(code.Info!.Id))];
            }

            return true;
        }

        if (mistake is not null) return false;
        told = progress.Each(CodeFileReader.Read(words[0]), Explainer.Explain);
        return true;
    }
}
