using System.Globalization;
using Skep.Output;

namespace Skep.Debug.Compat;

/// <summary>Writes what kernels made of programs as text: a table, then why each was refused.</summary>
public static class CompatText
{
    private const int Widest = 100;
    private const string Accepted = "accepted", NotVerified = "not verified";

    // What a module may have: where it is missed, the module may be all that is missing.
    private static readonly string[] OfModules = ["attach-target", "kfunc-not-allowed", "core-relocation"];

    /// <summary>Writes it.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="programs">The names of the programs.</param>
    /// <param name="verdicts">Of each kernel.</param>
    public static void Write(TextWriter output, IReadOnlyList<string> programs, IReadOnlyList<KernelVerdict> verdicts)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(programs);
        ArgumentNullException.ThrowIfNull(verdicts);
        string[] kernels = [.. verdicts.Select(verdict => Name(verdict, verdicts))];
        string[][] table =
        [
            ["kernel", .. programs.Select(SafeText.Escape)],
            .. verdicts.Select((verdict, i) => (string[])[kernels[i], .. programs.Select((_, of) => Word(verdict, of))]),
        ];
        if (Widths(table).Sum(width => width + 2) > Widest)
        {
            table =
            [
                ["kernel", "program", "verdict"],
                .. verdicts.SelectMany((verdict, i) => programs.Select((name, of) =>
                    (string[])[kernels[i], SafeText.Escape(name), Word(verdict, of)])),
            ];
        }

        WriteTable(output, table);
        for (int i = 0; i < verdicts.Count; i++)
        {
            foreach (GuestResult refused in verdicts[i].Results.Where(result => !result.Accepted))
            {
                output.WriteLine();
                output.WriteLine($"{kernels[i]}: {SafeText.EscapeLines(refused.Text.TrimEnd())}");
            }
        }

        if (!verdicts.SelectMany(verdict => verdict.Results).Any(result => OfModules.Contains(result.Cause))) return;
        output.WriteLine();
        output.WriteLine("No modules are loaded in the virtual machines: what a kernel has in a module is missing there.");
    }

    private static string Word(KernelVerdict verdict, int program) =>
        program >= verdict.Results.Count ? NotVerified : verdict.Results[program].Cause ?? Accepted;

    private static string Name(KernelVerdict verdict, IReadOnlyList<KernelVerdict> all)
    {
        string release = verdict.Kernel.Release;
        bool isOnlyOne = release.Length > 0 && all.Count(other => other.Kernel.Release == release) == 1;
        return SafeText.Escape(isOnlyOne ? release : verdict.Kernel.Path);
    }

    private static IEnumerable<int> Widths(string[][] table) =>
        Enumerable.Range(0, table[0].Length).Select(column => table.Max(row => row[column].Length));

    private static void WriteTable(TextWriter output, string[][] table)
    {
        int[] widths = [.. Widths(table)];
        foreach (string[] row in table)
            output.WriteLine(string.Join("  ", row.Select((word, column) => word.PadRight(widths[column]))).TrimEnd());
    }
}
