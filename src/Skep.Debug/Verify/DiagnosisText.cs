using System.Globalization;

namespace Skep.Debug.Verify;

/// <summary>A finding in sentences.</summary>
internal static class DiagnosisText
{
    /// <summary>The cause, with what the log shows of it.</summary>
    public static string Explain(Finding found)
    {
        string? about = found.Cause switch
        {
            VerifierCause.UncheckedNull => OfNull(found),
            VerifierCause.Uninitialised => OfUninitialised(found),
            VerifierCause.UseAfterRelease => OfRelease(found),
            VerifierCause.PacketBounds => OfPacket(found),
            VerifierCause.MapValueBounds or VerifierCause.MemoryBounds or VerifierCause.StackLimit => OfMemory(found),
            VerifierCause.ReferenceLeak => OfReference(found),
            VerifierCause.TypeMismatch or VerifierCause.PointerArithmetic or VerifierCause.PointerLeak => OfValue(found),
            _ => null,
        };
        string meaning = VerifierCauseInfo.Of(found.Cause).Meaning;
        string general = Capital(meaning) + ".";
        return about is null ? general : $"{general} {about}";
    }

    /// <summary>A hint that fits better than that of the cause; null for none.</summary>
    public static string? Hint(Finding found) => found.Cause switch
    {
        VerifierCause.StackLimit or VerifierCause.MapValueBounds when IsOfLength(found) =>
            "bound the length by comparisons before the call: at least 0 or 1, and no more than the memory has",
        VerifierCause.PacketBounds when LogDiagnoser.PacketChange(found) is { } change =>
            $"read data and data_end again after {StepEffect.CalledName(change.Text)}, and compare again",
        VerifierCause.UncheckedNull when Origin(found) is { Effect: EffectKind.Returned } origin =>
            $"compare what {StepEffect.CalledName(origin.Step.Text)} returned with NULL, and use it only on the path where it is not",
        VerifierCause.Uninitialised when found.Places.Any(place => !place.IsRegister) =>
            "clear the whole variable before it is passed, its padding too (= {} or __builtin_memset)",
        VerifierCause.Uninitialised when Origin(found) is { Effect: EffectKind.Clobbered } =>
            "keep the value in a variable: calls leave only R6 to R9 and the stack as they were",
        _ => null,
    };

    /// <summary>What an instruction did to a value, in a word.</summary>
    public static string Word(EffectKind effect) => effect switch
    {
        EffectKind.Copied => "copied",
        EffectKind.Changed => "changed",
        EffectKind.Constant => "set",
        EffectKind.Loaded => "read",
        EffectKind.Returned => "returned",
        EffectKind.Clobbered => "made unreadable",
        EffectKind.Compared => "compared",
        _ => "",
    };

    // A length that a call is given, and not the memory.
    private static bool IsOfLength(Finding found) => found.Step >= 0 && found.Places is [{ Register: > 1 and <= 5 } place, ..]
        && StepEffect.IsCall(found.Log.Steps[found.Step].Text)
        && !ValuePath.IsPointer(ValuePath.StateAt(found.Log, found.Step, place));

    private static ValueStep? Origin(Finding found) => found.Path.Count == 0 ? null : found.Path[0];

    private static string OfNull(Finding found)
    {
        if (found.Places.Count == 0) return $"The kernel says: {found.Message}.";
        string name = found.Places[0].ToString();
        string use = $"instruction {Insn(found)} uses it";
        if (Origin(found) is not { Effect: EffectKind.Returned } origin) return $"{name} may be NULL, and {use}.";
        string from = $"{name} is what {StepEffect.CalledName(origin.Step.Text)} returned at instruction {Number(origin.Step.Insn)}";
        return found.Path.Any(step => step.Effect == EffectKind.Compared)
            ? $"{from}; on this path a comparison has shown it to be NULL, or leaves that open, and {use}."
            : $"{from}, which may be NULL; {use}, and nothing compares it with NULL before.";
    }

    private static string OfRelease(Finding found)
    {
        if (found.Places.Count == 0 || found.LastPointer < 0 || LogDiagnoser.Invalidation(found) is not { } end)
            return $"The kernel says: {found.Message}.";
        ValueStep pointer = found.Path[found.LastPointer];
        string was = $"{found.Places[0]} was {pointer.State}";
        if (!StepEffect.IsCall(end.Text)) return $"{was} until instruction {Number(end.Insn)}, and is a number since.";
        return LogDiagnoser.Ending(found) is { } ending
            ? $"{was} until {StepEffect.CalledName(ending.Text)} at instruction {Number(ending.Insn)}, and is a number since."
            : $"{was} after instruction {Number(pointer.Step.Insn)}; a call or a write behind it ended what it belongs to, and it is a "
                + "number since.";
    }

    private static string OfUninitialised(Finding found)
    {
        if (found.Places.Count == 0) return $"The kernel says: {found.Message}.";
        ValuePlace place = found.Places[0];
        if (!place.IsRegister)
            return $"Not all of the stack from {place} on is written when instruction {Insn(found)} reads it.";
        if (Origin(found) is { Effect: EffectKind.Clobbered } origin)
            return $"The call of {StepEffect.CalledName(origin.Step.Text)} at instruction {Number(origin.Step.Insn)} made {place} "
                + "unreadable, as calls do with R1 to R5.";
        return found.Step >= 0 && found.Log.Steps[found.Step].Text == "exit"
            ? "The program ends without a value in R0, which is what it returns."
            : $"Nothing on this path writes {place} before instruction {Insn(found)} reads it.";
    }

    private static string? OfPacket(Finding found)
    {
        if (LogDiagnoser.PacketChange(found) is { } change)
            return $"{Capital(StepEffect.CalledName(change.Text))} at instruction {Number(change.Insn)} may move or resize the packet: "
                + "pointers into it that were made before are numbers from then on.";
        if (found.Places.Count == 0) return null;
        string name = found.Places[0].ToString();
        if (Between(found.Message, ",r=", ")") is not { } shown || Between(found.Message, "size=", ",") is not { } size) return null;
        string off = Between(found.Message, ",off=", ",") ?? Between(found.Message, "off=", " ") ?? "0";
        return shown == "0"
            ? $"Instruction {Insn(found)} accesses {size} bytes through {name}, and no comparison with data_end on this path shows that "
                + "any byte behind it is there."
            : $"Comparisons with data_end show {shown} bytes to be there; instruction {Insn(found)} accesses {size} bytes at offset {off}.";
    }

    private static string OfMemory(Finding found)
    {
        var sentences = new List<string>();
        if (Between(found.Message, "value_size=", " ") is { } value && Between(found.Message, "off=", " ") is { } at
            && Between(found.Message, " size=", " ") is { } bytes)
            sentences.Add($"The value has {value} bytes; instruction {Insn(found)} accesses {bytes} bytes at offset {at}.");
        else if (Between(found.Message, "mem_size=", " ") is { } memory && Between(found.Message, "off=", " ") is { } from
            && Between(found.Message, " size=", " ") is { } length)
            sentences.Add($"The memory has {memory} bytes; instruction {Insn(found)} accesses {length} bytes at offset {from}.");
        else if (Between(found.Message, "combined stack size of ", " calls is ") is { } calls)
            sentences.Add($"Functions that call each other share the 512 bytes: {calls} of them need more together.");
        else if (found.Message.Contains("stack", StringComparison.Ordinal) && Between(found.Message, "off=", " ") is { } offset
            && Between(found.Message, " size=", " ") is { } size)
            sentences.Add(
                $"Instruction {Insn(found)} accesses {size} bytes at offset {offset} from the frame pointer; the stack is -512 to -1.");
        if (found.Places.Count > 0 && ValuePath.StateAt(found.Log, found.Step, found.Places[0]) is { } state)
            sentences.Add($"The verifier knows {found.Places[0]} as {state}.");
        string? number = found.Places.Count == 0 ? null : ValuePath.StateAt(found.Log, found.Step, found.Places[0])?.TrimStart('P');
        bool isConstant = number is { Length: > 0 } && (char.IsAsciiDigit(number[0]) || number[0] == '-');
        if (found.Message.Contains("min value is negative", StringComparison.Ordinal))
            sentences.Add(isConstant ? "It is negative." : "It may be negative: no comparison shows that it is not.");
        if (found.Message.Contains("unbounded memory access", StringComparison.Ordinal))
            sentences.Add(isConstant ? "It is more than the memory has." : "It has no upper bound.");
        return sentences.Count == 0 ? $"The kernel says: {found.Message}." : string.Join(' ', sentences);
    }

    private static string? OfReference(Finding found)
    {
        if (Between(found.Message, "alloc_insn=", " ") is not { } allocated || !int.TryParse(allocated, out int insn)) return null;
        LogStep? step = found.Log.Steps.LastOrDefault(one => one.Insn == insn);
        string by = step is null ? "" : $" by {StepEffect.CalledName(step.Text)}";
        string end = found.Step < 0 ? "" : $" to instruction {Insn(found)}";
        return StepEffect.IsCall(step?.Text)
            ? $"The reference was taken{by} at instruction {allocated}, and is not released on the path{end}."
            : $"The reference was taken at instruction {allocated}, and is not released on the path{end}.";
    }

    private static string OfValue(Finding found)
    {
        if (found.Places.Count == 0) return $"The kernel says: {found.Message}.";
        string name = found.Places[0].ToString();
        string state =
            ValuePath.StateAt(found.Log, found.Step, found.Places[0]) is { } known ? $"The verifier knows {name} as {known}. " : "";
        string origin = Origin(found) switch
        {
            { Effect: EffectKind.Returned } step =>
                $"It comes from what {StepEffect.CalledName(step.Step.Text)} returned at instruction {Number(step.Step.Insn)}. ",
            { Effect: EffectKind.Constant or EffectKind.Loaded } step =>
                $"It comes from instruction {Number(step.Step.Insn)}: {step.Step.Text}. ",
            _ => "",
        };
        return $"{state}{origin}The kernel says: {found.Message}.";
    }

    // The name of a function stays as it is.
    private static string Capital(string sentence) => sentence.Split(' ')[0].EndsWith("()", StringComparison.Ordinal)
        ? sentence : char.ToUpperInvariant(sentence[0]) + sentence[1..];

    private static string Insn(Finding found) => found.Step < 0 ? "?" : Number(found.Log.Steps[found.Step].Insn);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    // What stands between two words; to the end of the message where the second is not there.
    private static string? Between(string message, string begin, string end)
    {
        int from = message.IndexOf(begin, StringComparison.Ordinal);
        if (from < 0) return null;
        from += begin.Length;
        int to = message.IndexOf(end, from, StringComparison.Ordinal);
        return to < 0 ? message[from..] : message[from..to];
    }
}
