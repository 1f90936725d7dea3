using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Inventory.Objects;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog explain</c>.</summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        Argument<string[]> words = ProgramArgument.CreateSeveral();
        var explain = new SkepCommand(
            "explain",
            "Reports what a program reads, changes and sends to user space, with the instructions that prove it.",
            new(
                "docs/explain.md",
                new("skep prog explain id 5", "a loaded program"),
                new("skep prog explain my_prog.bpf.o -j", "each program of an object file, as JSON"))) { words };
        explain.Prints((parsed, form) =>
        {
            if (!TryExplain(parsed.GetValue(words)!, out IReadOnlyList<Explanation>? explanations, out string? mistake))
                return Message.Error(mistake, ExitCode.Usage);
            StandardOutput.Write(
                form,
                json => Several.WriteJson(json, explanations, ExplanationJson.Write),
                text => Several.WriteText(text, explanations, ExplanationText.Write));
            return ExitCode.Done;
        });
        return explain;
    }

    private static bool TryExplain(
        string[] words, [NotNullWhen(true)] out IReadOnlyList<Explanation>? explanations, [NotNullWhen(false)] out string? mistake)
    {
        using var progress = new AnalysisProgress("explaining");
        var machine = new MachineSnapshot();
        var all = new List<Explanation>();
        (explanations, mistake) = (null, null);
        foreach (string[] one in ProgramArgument.Expand(words))
        {
            if (ProgramArgument.TryOpen(one, out BpfProgram? program, out mistake))
            {
                using (program)
                {
                    ProgramCode code = LoadedCodeReader.Read(program!, machine.Kernel);
                    all.Add(Explainer.Explain(code, ProgramSurroundings.Read(code.Info!.Id, machine)));
                }
            }
            else if (mistake is not null)
            {
                return false;
            }
            else
            {
                all.AddRange(progress.Each(CodeFileReader.Read(one[0], machine.Kernel), Explainer.Explain));
            }
        }

        explanations = all;
        return true;
    }
}
