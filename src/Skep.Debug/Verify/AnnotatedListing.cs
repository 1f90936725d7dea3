using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Verify;

/// <summary>A program beside its source lines and what the verifier knew at each instruction.</summary>
public static class AnnotatedListing
{
    /// <summary>The instructions in the order of the program; of a log alone those that it has.</summary>
    /// <param name="one">What the verifier made of the program.</param>
    /// <param name="code">The program; null where only the log is there.</param>
    public static IReadOnlyList<AnnotatedLine> Of(Verification one, ProgramCode? code)
    {
        ArgumentNullException.ThrowIfNull(one);
        VerifierLog log = VerifierLogReader.Read(one.Log);
        var last = new Dictionary<int, (LogStep Step, long Visits)>();
        foreach (LogStep step in log.Steps) last[step.Insn] = (step, last.GetValueOrDefault(step.Insn).Visits + 1);
        HashSet<int> path = one.Accepted ? [] : PathOf(log);
        var lines = new List<AnnotatedLine>();
        SourcePlace? before = null;
        foreach ((int slot, string text) in code is null ? OfLog(last) : OfCode(code))
        {
            (LogStep? step, long visits) = last.GetValueOrDefault(slot);
            SourcePlace? source = LogDiagnoser.SourceOf(slot, step?.Source, code);

            // Code that a compiler made of no line has line 0.
            bool isNew = source is { Text.Length: > 0 } && source != before;
            if (isNew) before = source;
            lines.Add(new AnnotatedLine(
                slot, text, isNew ? source : null, visits, step?.StateAfter ?? "", path.Contains(slot),
                !one.Accepted && one.Diagnosis?.Insn == slot));
        }

        return lines;
    }

    private static HashSet<int> PathOf(VerifierLog log)
    {
        var path = new HashSet<int>();
        for (int at = log.Steps.Count - 1; at >= 0; at = log.Steps[at].Previous) path.Add(log.Steps[at].Insn);
        return path;
    }

    private static IEnumerable<(int Slot, string Text)> OfLog(Dictionary<int, (LogStep Step, long Visits)> last) =>
        last.OrderBy(entry => entry.Key).Select(entry => (entry.Key, entry.Value.Step.Text));

    private static List<(int Slot, string Text)> OfCode(ProgramCode code)
    {
        var disassembler = new Disassembler(new DisassemblerOptions { Form = code.Form, Symbols = code.Symbols });
        var texts = new List<(int, string)>();
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions)) texts.Add((item.Index, disassembler.Text(item)));
        return texts;
    }
}
