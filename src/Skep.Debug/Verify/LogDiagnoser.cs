using System.Globalization;
using Skep.Inventory.Code;
using Skep.Linux.Errors;

namespace Skep.Debug.Verify;

/// <summary>Finds out from a log of the verifier why a program was refused.</summary>
public static class LogDiagnoser
{
    /// <summary>The diagnosis of a refusal.</summary>
    /// <param name="log">The verifier's log, with libbpf's words around it or without; empty where there is none.</param>
    /// <param name="code">The program, for source lines; null where only the log is there.</param>
    public static Diagnosis Diagnose(string log, ProgramCode? code = null) => Diagnose(VerifierLogReader.Read(log), code);

    internal static Diagnosis Diagnose(VerifierLog log, ProgramCode? code)
    {
        (string message, MessagePattern? pattern) = VerifierMessages.Choose(log.Messages);
        int? insn = InsnOf(message) ?? log.Last?.Insn;
        int last = LastOf(log, insn);
        IReadOnlyList<ValuePlace> places = last < 0 ? [] : MessagePlaces.Of(message, log.Steps[last]);
        var found = new Finding(log, last, message, places, pattern?.Cause ?? VerifierCause.Other);
        found = found with { Cause = Refine(found, pattern) };
        IReadOnlyList<ValueStep> path = places.Count == 0 ? [] : ValuePath.To(log, last, places[0], withOperands: true);
        VerifierCauseInfo info = VerifierCauseInfo.Of(found.Cause);
        return new Diagnosis
        {
            Cause = found.Cause,
            Message = message,
            Insn = insn,
            Text = last < 0 ? "" : log.Steps[last].Text,
            Source = insn is { } slot ? SourceOf(slot, last < 0 ? null : log.Steps[last].Source, code) : null,
            Explanation = DiagnosisText.Explain(found),
            Hint = DiagnosisText.Hint(found) ?? info.Hint,
            Values = [.. places.Select(place => new KnownValue(place.ToString(), ValuePath.StateAt(log, last, place)))],
            Path = [.. path.Select(step => new PathStep(
                step.Step.Insn, step.Step.Text, SourceOf(step.Step.Insn, step.Step.Source, code),
                new KnownValue(step.Place.ToString(), step.State), DiagnosisText.Word(step.Effect)))],
        };
    }

    /// <summary>The diagnosis of what libbpf printed.</summary>
    internal static Diagnosis DiagnoseLoader(string messages)
    {
        string[] lines =
            [.. messages.Split('\n').Where(line => line.Contains("libbpf: ", StringComparison.Ordinal)).Select(LogFile.WithoutLoader)];
        (string message, MessagePattern? pattern) = VerifierMessages.Choose(lines);
        VerifierCause cause = pattern?.Cause ?? VerifierCause.Other;
        VerifierCauseInfo info = VerifierCauseInfo.Of(cause);
        return new Diagnosis
        {
            Cause = cause,
            Message = message.Trim(),
            Explanation = $"{char.ToUpperInvariant(info.Meaning[0])}{info.Meaning[1..]}. libbpf did not come to a load.",
            Hint = info.Hint,
        };
    }

    /// <summary>The diagnosis where the kernel gave an error and no word.</summary>
    /// <param name="error">The error.</param>
    /// <param name="messages">What libbpf printed.</param>
    public static Diagnosis OfError(Errno error, string messages = "")
    {
        VerifierCause cause = LoadErrors.Cause(error);
        return new Diagnosis
        {
            Cause = cause,
            Message = messages.Split('\n').Select(LogFile.WithoutLoader).FirstOrDefault(line => line.Trim().Length > 0) ?? error.Message,
            Explanation = $"The kernel gave no log. {LoadErrors.Explanation(error)}".TrimEnd(),
            Hint = VerifierCauseInfo.Of(cause).Hint,
        };
    }

    // What the message itself does not decide.
    private static VerifierCause Refine(Finding found, MessagePattern? pattern)
    {
        if (pattern is null) return VerifierCause.Other;
        if (pattern.Cause is null) return MemoryOf(found);
        if (pattern.Cause != VerifierCause.TypeMismatch || found.Places.Count == 0) return pattern.Cause.Value;
        return found.Message.Contains("invalid mem access 'scalar'", StringComparison.Ordinal)
            || found.Message.Contains("invalid mem access 'inv'", StringComparison.Ordinal)
            ? OfNumber(found) : VerifierCause.TypeMismatch;
    }

    // A number that is used as an address: NULL, or a pointer before that arithmetic or a call made a number.
    private static VerifierCause OfNumber(Finding found)
    {
        IReadOnlyList<ValueStep> path = found.Path;
        bool isPacket = path.Any(step => step.State is { } state && state.StartsWith("pkt", StringComparison.Ordinal));
        if (isPacket && PacketChange(found) is not null)
            return VerifierCause.PacketBounds;
        if (ValuePath.StateAt(found.Log, found.Step, found.Places[0]) is "0" or "P0" or "inv0") return VerifierCause.UncheckedNull;
        if (path.Count == 0) return VerifierCause.TypeMismatch;
        if (path[^1].Effect == EffectKind.Changed && path.Count > 1 && ValuePath.IsPointer(path[^2].State))
            return VerifierCause.PointerArithmetic;
        if (!ValuePath.IsPointer(path[^1].State)) return VerifierCause.TypeMismatch;
        return path[^1].State!.Contains("_or_null", StringComparison.Ordinal) ? VerifierCause.UncheckedNull : VerifierCause.UseAfterRelease;
    }

    /// <summary>The step that ended what a pointer was; null where it is not seen.</summary>
    internal static LogStep? Invalidation(Finding found)
    {
        LogStep? ended = null;
        for (int at = found.Log.Steps[found.Step].Previous; at >= 0; at = found.Log.Steps[at].Previous)
        {
            LogStep step = found.Log.Steps[at];
            if (found.Path.Count > 0 && ReferenceEquals(step, found.Path[^1].Step)) break;
            if (found.Places[0].In(step.StateAfter) is { } state && !ValuePath.IsPointer(state)) return step;
            if (StepEffect.IsCall(step.Text)) ended = step;
        }

        return ended;
    }

    /// <summary>The call that made pointers into the packet useless, after the value was made; null for none.</summary>
    internal static LogStep? PacketChange(Finding found)
    {
        string[] changing =
        [
            "adjust_head", "adjust_tail", "adjust_meta", "change_head", "change_tail", "change_proto", "pull_data", "store_bytes", "vlan_p",
            "csum_replace", "adjust_room", "lwt_push_encap", "lwt_seg6", "msg_p", "clone_redirect", "set_hash", "sock_ops_store_hdr_opt",
        ];
        for (int at = found.Step < 0 ? -1 : found.Log.Steps[found.Step].Previous; at >= 0; at = found.Log.Steps[at].Previous)
        {
            LogStep step = found.Log.Steps[at];
            if (found.Path.Count > 0 && ReferenceEquals(step, found.Path[^1].Step)) return null;
            if (StepEffect.IsCall(step.Text) && changing.Any(name => step.Text.Contains(name, StringComparison.Ordinal))) return step;
        }

        return null;
    }

    // What a register points to; of a length, what the register before it points to.
    private static VerifierCause MemoryOf(Finding found)
    {
        if (found.Places.Count == 0) return VerifierCause.MemoryBounds;
        ValuePlace place = found.Places[0];
        string? state = ValuePath.StateAt(found.Log, found.Step, place);
        bool isLength =
            StepEffect.IsCall(found.Log.Steps[found.Step].Text) && place.Register is > 1 and <= 5 && !ValuePath.IsPointer(state);
        if (isLength) state = ValuePath.StateAt(found.Log, found.Step, ValuePlace.Of(place.Register - 1));
        return state switch
        {
            null => VerifierCause.MemoryBounds,
            _ when state.Contains("map_value", StringComparison.Ordinal) || state.Contains("map_key", StringComparison.Ordinal) =>
                VerifierCause.MapValueBounds,
            _ when state.StartsWith("pkt", StringComparison.Ordinal) => VerifierCause.PacketBounds,
            _ when state.StartsWith("fp", StringComparison.Ordinal) => VerifierCause.StackLimit,
            _ => VerifierCause.MemoryBounds,
        };
    }

    private static int? InsnOf(string message)
    {
        const string word = "insn ";
        int at = message.IndexOf(word, StringComparison.Ordinal);
        if (at < 0 || message.Contains("alloc_insn", StringComparison.Ordinal)) return null;
        ReadOnlySpan<char> digits = message.AsSpan(at + word.Length);
        int end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int insn) ? insn : null;
    }

    private static int LastOf(VerifierLog log, int? insn)
    {
        for (int at = log.Steps.Count - 1; at >= 0; at--)
            if (log.Steps[at].Insn == insn) return at;
        return -1;
    }

    private static SourcePlace? SourceOf(int slot, LogSource? logged, ProgramCode? code)
    {
        if (code?.LineAt(slot) is { } line) return new SourcePlace(line.File, line.Line, line.Text.Trim());
        return logged is null ? null : new SourcePlace(logged.File, logged.Line, logged.Text);
    }
}

/// <summary>What was found out of a refusal, before it is put into words.</summary>
/// <param name="Log">The log.</param>
/// <param name="Step">The number of the step; -1 where the message is about no step.</param>
/// <param name="Message">The kernel's words.</param>
/// <param name="Places">The registers and slots that they are about.</param>
/// <param name="Cause">The cause.</param>
internal sealed record Finding(VerifierLog Log, int Step, string Message, IReadOnlyList<ValuePlace> Places, VerifierCause Cause)
{
    private IReadOnlyList<ValueStep>? _path;

    /// <summary>Where the first of the places has its value from.</summary>
    public IReadOnlyList<ValueStep> Path =>
        _path ??= Step < 0 || Places.Count == 0 ? [] : ValuePath.To(Log, Step, Places[0]);
}
