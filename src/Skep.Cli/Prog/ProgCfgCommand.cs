using System.CommandLine;
using Skep.Analysis.Drawing;
using Skep.Cli.Common;
using Skep.Inventory.Code;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog cfg</c>.</summary>
internal static class ProgCfgCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = "id N | name NAME | tag TAG | pinned PATH | N | FILE [NAME]. FILE is an ELF object or raw instructions; NAME chooses one of several programs in it.",
            Arity = ArgumentArity.OneOrMore,
        };
        var dot = new Option<bool>("--dot") { Description = "A graph for Graphviz, with bpftool's names." };
        var svg = new Option<bool>("--svg") { Description = "A picture (the default)." };
        var cfg = new Command("cfg", "Draws the control flow of a program.") { words, dot, svg };
        cfg.SetAction(parsed =>
        {
            if (parsed.GetValue(dot) && parsed.GetValue(svg)) return Talk.Error("--dot and --svg are two forms of the drawing: choose one", ExitCode.Usage);
            IReadOnlyList<string> given = parsed.GetValue(words)!;
            string? chosen = given is [string file, string name] && File.Exists(file) ? name : null;
            IReadOnlyList<ProgramCode> programs = DumpedPrograms.Read(chosen is null ? given : [given[0]], out string? mistake);
            if (mistake is not null) return Talk.Error(mistake, ExitCode.Usage);
            ProgramCode[] fitting = [.. programs.Where(code => chosen is null || code.Name == chosen)];
            if (fitting.Length != 1) return Talk.Error(Several(given, programs, chosen), ExitCode.Usage);
            string drawing = Draw(fitting[0], parsed.GetValue(dot));
            Data.WriteText(output => output.Write(drawing));
            return ExitCode.Done;
        });
        return cfg;
    }

    private static string Draw(ProgramCode code, bool dot)
    {
        using var progress = new AnalysisProgress("drawing");
        return progress.Each([code], program =>
        {
            using var output = new StringWriter();
            if (dot) FlowDotWriter.Write(output, program, default);
            else FlowSvgWriter.Write(output, program);
            return output.ToString();
        })[0];
    }

    private static string Several(IReadOnlyList<string> words, IReadOnlyList<ProgramCode> programs, string? chosen) => programs[0].Info is null
        ? $"{words[0]} holds {(chosen is null ? $"{programs.Count} programs" : $"no program {chosen}")}: {string.Join(", ", programs.Select(code => code.Name))} (choose one: skep prog cfg {words[0]} NAME)"
        : $"{programs.Count} programs have the {string.Join(' ', words)}: ids {string.Join(", ", programs.Select(code => code.Info!.Id))} (choose one by its id)";
}
