using System.CommandLine;
using Skep.Analysis.Drawing;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Output;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog cfg</c>.</summary>
internal static class ProgCfgCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("PROG")
        {
            Description = $"{ProgramArgument.Usage} [NAME]. FILE is an ELF object or raw instructions; "
                + "NAME chooses one of several programs in it.",
            Arity = ArgumentArity.OneOrMore,
        };
        var dot = new Option<bool>("--dot") { Description = "Print a graph for Graphviz, with bpftool's names." };
        var svg = new Option<bool>("--svg") { Description = "Print a picture (the default)." };
        var cfg = new SkepCommand("cfg", "Draws the control flow of a program.", new(
            "docs/dump.md",
            new("skep prog cfg id 5", "an SVG picture on standard output"),
            new("skep prog cfg my_prog.bpf.o my_prog --dot", "a graph for Graphviz, of one program of a file"),
            new("skep prog cfg id 5 -j", "functions, blocks and arrows as JSON"))) { words, dot, svg };
        cfg.Prints((parsed, form) =>
        {
            (bool isDot, bool isSvg) = (parsed.GetValue(dot), parsed.GetValue(svg));
            if (isDot && isSvg) return Message.Error("--dot and --svg are two forms of the drawing: choose one", ExitCode.Usage);
            if (form != OutputForm.Text && (isDot || isSvg))
                return Message.Error("a drawing is not JSON: leave out -j, or --dot and --svg", ExitCode.Usage);
            IReadOnlyList<string> given = parsed.GetValue(words)!;
            string? chosen = given is [string file, string name] && File.Exists(file) ? name : null;
            IReadOnlyList<ProgramCode> programs =
                DumpedPrograms.Read(chosen is null ? given : [given[0]], new MachineSnapshot().Kernel, out string? mistake);
            if (mistake is not null) return Message.Error(mistake, ExitCode.Usage);
            ProgramCode[] fitting = [.. programs.Where(code => chosen is null || code.Name == chosen)];
            if (fitting.Length != 1) return Message.Error(Ambiguous(given, programs, chosen), ExitCode.Usage);
            if (form != OutputForm.Text) return Print(form, fitting[0]);
            string drawing = Draw(fitting[0], isDot);
            StandardOutput.WriteText(output => output.Write(drawing));
            return ExitCode.Done;
        });
        return cfg;
    }

    private static int Print(OutputForm form, ProgramCode code)
    {
        StandardOutput.WriteJson(form, json => FlowJsonWriter.Write(json, code));
        return ExitCode.Done;
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

    private static string Ambiguous(IReadOnlyList<string> words, IReadOnlyList<ProgramCode> programs, string? chosen)
    {
        if (programs[0].Info is not null)
        {
            string ids = string.Join(", ", programs.Select(code => code.Info!.Id));
            return $"{programs.Count} programs have the {string.Join(' ', words)}: ids {ids} (name one by its id)";
        }

        string names = string.Join(", ", programs.Select(code => code.Name));
        string holds = chosen is null ? $"{programs.Count} programs" : $"no program {chosen}";
        return $"{words[0]} holds {holds}: {names} (choose one: skep prog cfg {words[0]} NAME)";
    }
}
