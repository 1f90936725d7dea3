using System.Globalization;
using Skep.Output;

namespace Skep.Debug.Verify;

/// <summary>Writes what the verifier made of a program as text.</summary>
public static class VerificationText
{
    private const int StackBytes = 512, Width = 100;

    /// <summary>Writes one program.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="one">The program.</param>
    /// <param name="withLog">Whether the verifier's log is written behind it.</param>
    public static void Write(TextWriter output, Verification one, bool withLog)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(one);
        string what = one.Type is null ? "" : $" ({one.Type}{(one.Insns > 0 ? $", {Number(one.Insns)} instructions" : "")})";
        string verdict = one.Accepted ? "accepted" : one.Error is { } error ? $"refused: {error}" : "refused";
        output.WriteLine($"{SafeText.Escape(one.Program ?? "program")}{what}: {verdict}");
        if (one.Diagnosis is { } diagnosis) Write(output, diagnosis);
        else WriteCosts(output, one);
        if (!withLog) return;
        output.WriteLine("  log");
        output.WriteLine(SafeText.EscapeLines(one.Log.TrimEnd()));
    }

    private static void Write(TextWriter output, Diagnosis diagnosis)
    {
        if (diagnosis.Source is { } source) output.WriteLine($"  {Place(source)}: {SafeText.Escape(source.Text)}");
        if (diagnosis.Insn is { } insn) output.WriteLine($"  instruction {insn}: {SafeText.Escape(diagnosis.Text)}".TrimEnd(' ', ':'));
        output.WriteLine($"  cause: {VerifierCauseInfo.Of(diagnosis.Cause).Name}");
        Wrap(output, diagnosis.Explanation);
        if (diagnosis.Message.Length > 0) output.WriteLine($"  message: {SafeText.Escape(diagnosis.Message)}");
        foreach (KnownValue value in diagnosis.Values.Where(value => value.State is not null))
            output.WriteLine($"  {value.Name}: {SafeText.Escape(value.State!)}");
        if (diagnosis.Path.Count > 0) output.WriteLine("  path");
        foreach (PathStep step in diagnosis.Path)
        {
            string state = step.Value.State is { } known ? $": {SafeText.Escape(known)}" : "";
            string at = step.Source is { } line ? $"  {Place(line)}" : "";
            output.WriteLine($"    {step.Insn,5}  {SafeText.Escape(step.Text),-36} {step.Value.Name} {step.What}{state}{at}");
        }

        output.WriteLine("  change");
        Wrap(output, diagnosis.Hint);
    }

    private static void WriteCosts(TextWriter output, Verification one)
    {
        if (one.Counts is { } counts)
        {
            double percent = counts.Limit > 0 ? 100.0 * counts.Processed / counts.Limit : 0;
            string share = counts.Limit > 0
                ? $" of at most {Number(counts.Limit)} ({percent.ToString("0.###", CultureInfo.InvariantCulture)} %)" : "";
            output.WriteLine($"  processed: {Number(counts.Processed)} instructions{share}");
            output.WriteLine($"  states: {Number(counts.TotalStates)} in all, {Number(counts.PeakStates)} at a time, "
                + $"{Number(counts.MaxStatesPerInsn)} for one instruction");
            if (counts.StackDepths.Count > 0)
                output.WriteLine($"  stack: {string.Join(" + ", counts.StackDepths)} bytes; at most {StackBytes} in a chain of calls");
        }

        foreach (FunctionCost function in one.Functions)
            output.WriteLine($"  function {SafeText.Escape(function.Name ?? "?")}: {Number(function.Insns)} instructions, processed "
                + Number(function.Walked));
        foreach (LoopCost loop in one.Loops)
        {
            string at = loop.Source is { } source ? $" ({Place(source)}: {SafeText.Escape(source.Text)})" : "";
            output.WriteLine($"  loop at instruction {loop.Insn}{at}: {Number(loop.Rounds)} rounds, processed {Number(loop.Walked)}");
        }
    }

    private static string Place(SourcePlace source) => source.File is null
        ? "source" : $"{SafeText.Escape(Path.GetFileName(source.File))}:{source.Line}";

    private static string Number(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    private static void Wrap(TextWriter output, string text)
    {
        const string indent = "    ";
        var line = new System.Text.StringBuilder(indent);
        foreach (string word in SafeText.Escape(text).Split(' '))
        {
            if (line.Length > indent.Length && line.Length + 1 + word.Length > Width)
            {
                output.WriteLine(line.ToString());
                line.Clear().Append(indent);
            }

            if (line.Length > indent.Length) line.Append(' ');
            line.Append(word);
        }

        output.WriteLine(line.ToString());
    }
}
