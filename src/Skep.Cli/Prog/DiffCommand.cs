using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Skep.Analysis.Diff;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Inventory.Code;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog diff</c>.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("A B")
        {
            Description = "Two programs, each: id N | name NAME | tag TAG | pinned PATH | N | FILE[:PROGRAM].",
            Arity = ArgumentArity.OneOrMore,
        };
        var exitCode = new Option<bool>("--exit-code") { Description = "Exit with 1 when they differ." };
        var json = new Option<bool>("--json", "-j") { Description = "JSON." };
        var pretty = new Option<bool>("--pretty", "-p") { Description = "JSON over several lines." };
        var diff = new Command("diff", "Compares two programs: in words, and by instruction.") { words, exitCode, json, pretty };
        diff.SetAction(parsed =>
        {
            List<string[]> named = ProgramSpecifier.Split(parsed.GetValue(words)!);
            if (named.Count != 2)
                return Talk.Error($"two programs are compared, {named.Count} {(named.Count == 1 ? "is" : "are")} named (as in: skep prog diff 5 id 7)", ExitCode.Usage);
            if (!TryCompare(named, out ProgramDiff? found, out string? mistake)) return Talk.Error(mistake, ExitCode.Usage);
            if (parsed.GetValue(json) || parsed.GetValue(pretty)) Data.WriteJson(parsed.GetValue(pretty), writer => DiffWriter.WriteJson(writer, found));
            else Data.WriteText(output => DiffWriter.WriteText(output, found, string.Join(' ', named[0]), string.Join(' ', named[1]), Talk.ColourOutput));
            return parsed.GetValue(exitCode) && !found.IsIdentical ? ExitCode.Failed : ExitCode.Done;
        });
        return diff;
    }

    private static bool TryCompare(List<string[]> named, [NotNullWhen(true)] out ProgramDiff? found, [NotNullWhen(false)] out string? mistake)
    {
        using var progress = new AnalysisProgress("comparing");
        found = null;
        if (!TryRead(named[0], null, out ProgramCode? first, out mistake) || !TryRead(named[1], first.Name, out ProgramCode? second, out mistake)) return false;
        found = progress.Each([first], code => ProgramDiff.Of(code, second))[0];
        return true;
    }

    // Of a file with several programs, the one that is named after a colon, or else the one that is called as the first program is.
    private static bool TryRead(
        string[] words, string? like, [NotNullWhen(true)] out ProgramCode? code, [NotNullWhen(false)] out string? mistake)
    {
        code = null;
        if (ProgramSpecifier.TryOpen(words, out BpfProgram? program, out mistake))
        {
            using (program) code = LoadedCodeReader.Read(program!);
            return true;
        }

        if (mistake is not null) return false;
        int colon = words[0].LastIndexOf(':');
        bool named = colon > 0 && !File.Exists(words[0]);
        string path = named ? words[0][..colon] : words[0];
        IReadOnlyList<ProgramCode> programs = CodeFileReader.Read(path);
        string? wanted = named ? words[0][(colon + 1)..] : programs.Count > 1 ? like : null;
        code = wanted is null ? programs.Count == 1 ? programs[0] : null : programs.FirstOrDefault(p => p.Name == wanted);
        if (code is not null) return true;
        string list = string.Join(", ", programs.Select(p => p.Name ?? "one without a name"));
        mistake = wanted is null ? $"{path} holds {programs.Count} programs: {list} (name one: {path}:{programs[0].Name})" : $"{path} holds no program {wanted}: it has {list}";
        return false;
    }
}
