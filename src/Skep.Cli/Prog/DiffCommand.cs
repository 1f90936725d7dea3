using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Skep.Analysis.Diff;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;

namespace Skep.Cli.Prog;

/// <summary><c>skep prog diff</c>.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        var words = new Argument<string[]>("A B")
        {
            Description = $"Two programs, each: {ProgramArgument.Usage}[:PROGRAM].", Arity = ArgumentArity.OneOrMore,
        };
        var exitCode = new Option<bool>("--exit-code") { Description = "Exit with 1 when they differ." };
        var diff = new SkepCommand("diff", "Compares two programs: in words, and by instruction.", new(
            "docs/decompile.md",
            new("skep prog diff id 5 id 7", "two loaded programs"),
            new("skep prog diff old.bpf.o new.bpf.o:my_prog -j", "programs of object files, as JSON"),
            new("skep prog diff name my_prog my_prog.bpf.o --exit-code", "whether what is loaded is what was built"))
        {
            Failed = "failed; with --exit-code: they differ",
        }) { words, exitCode };
        diff.Prints((parsed, form) =>
        {
            List<string[]> named = ProgramArgument.Split(parsed.GetValue(words)!);
            if (named.Count != 2)
            {
                string are = named.Count == 1 ? "is" : "are";
                return Message.Error(
                    $"two programs are compared, {named.Count} {are} named (as in: skep prog diff 5 id 7)", ExitCode.Usage);
            }

            if (!TryCompare(named, out ProgramDiff? found, out string? mistake)) return Message.Error(mistake, ExitCode.Usage);
            (string first, string second) = (string.Join(' ', named[0]), string.Join(' ', named[1]));
            StandardOutput.Write(
                form,
                json => DiffWriter.WriteJson(json, found),
                text => DiffWriter.WriteText(text, found, first, second, StandardOutput.HasColour));
            return parsed.GetValue(exitCode) && !found.IsIdentical ? ExitCode.Failed : ExitCode.Done;
        });
        return diff;
    }

    private static bool TryCompare(
        List<string[]> named, [NotNullWhen(true)] out ProgramDiff? found, [NotNullWhen(false)] out string? mistake)
    {
        using var progress = new AnalysisProgress("comparing");
        TargetKernel kernel = new MachineSnapshot().Kernel;
        found = null;
        if (!TryRead(named[0], null, kernel, out ProgramCode? first, out mistake)) return false;
        if (!TryRead(named[1], first.Name, kernel, out ProgramCode? second, out mistake)) return false;
        found = progress.Each([first], code => ProgramDiff.Of(code, second))[0];
        return true;
    }

    // Of a file with several programs, the one that is named after a colon, or else the one that is called as the first program is.
    private static bool TryRead(
        string[] words, string? like, TargetKernel kernel, [NotNullWhen(true)] out ProgramCode? code,
        [NotNullWhen(false)] out string? mistake)
    {
        int colon = words is [string word] && !File.Exists(word) ? word.LastIndexOf(':') : -1;
        string? wanted = colon > 0 ? words[0][(colon + 1)..] : null;
        string[] program = colon > 0 ? [words[0][..colon]] : words;
        code = null;
        IReadOnlyList<ProgramCode> programs = ProgramArgument.ReadCode(program, kernel, out mistake);
        if (mistake is not null) return false;
        if (wanted is null && programs.Count > 1) wanted = like;
        code = wanted is null && programs.Count == 1 ? programs[0] : programs.FirstOrDefault(p => p.Name == wanted && wanted is not null);
        if (code is not null) return true;
        string list = string.Join(", ", programs.Select(p => p.Name ?? "one without a name"));
        mistake = wanted is null
            ? $"{program[0]} holds {programs.Count} programs: {list} (name one: {program[0]}:{programs[0].Name})"
            : $"{program[0]} holds no program {wanted}: it has {list}";
        return false;
    }
}
