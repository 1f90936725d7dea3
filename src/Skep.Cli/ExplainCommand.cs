using System.CommandLine;
using Skep.Bpf;
using Skep.Watch.Code;
using Skep.Watch.Explain;
using Skep.Watch.Output;

namespace Skep.Cli;

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
            IReadOnlyList<Explanation> told;
            switch (ProgramSpecifier.TryOpen(rest, out BpfProgram? program, out string? mistake))
            {
                case true:
                    using (program) told = [Explainer.Explain(program!)];
                    break;
                case false when mistake is not null:
                    return Talk.Error(mistake, ExitCode.Usage);
                default:
                    told = [.. CodeFileReader.Read(rest[0]).Select(Explainer.Explain)];
                    break;
            }

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
}
