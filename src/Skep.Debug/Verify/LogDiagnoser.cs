using System.Globalization;
using Skep.Bpf;
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
        int? insn = IsOfProgram(message) ? null : InsnOf(message) ?? log.Last?.Insn;
        int last = LastOf(log, insn);
        IReadOnlyList<ValuePlace> places = last < 0 ? [] : MessagePlaces.Of(message, log.Steps[last]);
        var found = new Finding(log, last, message, places, pattern?.Cause ?? VerifierCause.Other);
        found = found with { Cause = Refine(found, pattern, code) };
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
            Explanation = LoaderText.Explain(message) ?? $"{char.ToUpperInvariant(info.Meaning[0])}{info.Meaning[1..]}.",
            Hint = LoaderText.Hint(message) ?? info.Hint,
        };
    }

    /// <summary>The diagnosis where the kernel gave an error and no word.</summary>
    /// <param name="error">The error.</param>
    /// <param name="messages">What libbpf printed.</param>
    public static Diagnosis OfError(Errno error, string messages = "")
    {
        VerifierCause cause = LoadErrors.Cause(error);
        string[] lines = [.. messages.Split('\n').Select(LogFile.WithoutLoader).Where(line => line.Trim().Length > 0)];

        // What libbpf says before the load did not end it, and the C library has no words for errors of the kernel's own.
        const string refused = "BPF program load failed: ";
        bool isRefused = lines.Any(line => line.StartsWith(refused, StringComparison.Ordinal));
        return new Diagnosis
        {
            Cause = cause,
            Message = isRefused ? refused + error.Message : lines.FirstOrDefault() ?? error.Message,
            Explanation = $"The kernel gave no log. {LoadErrors.Explanation(error)}".TrimEnd(),
            Hint = LoadErrors.Hint(error) ?? VerifierCauseInfo.Of(cause).Hint,
        };
    }

    // What the message itself does not decide.
    private static VerifierCause Refine(Finding found, MessagePattern? pattern, ProgramCode? code)
    {
        if (pattern is null) return VerifierCause.Other;
        if (pattern.Cause is null) return MemoryOf(found);

        // What Linux 6.1 says of a helper that may sleep, and 6.1 and 6.12 of a tail call by another map.
        if (found.Message.StartsWith("unknown func bpf_copy_from_user", StringComparison.Ordinal) && IsOfTracing(code))
            return VerifierCause.Sleepable;
        if (found.Message == "kernel subsystem misconfigured verifier" && found.Step >= 0
            && found.Log.Steps[found.Step].Text.StartsWith("call bpf_tail_call#", StringComparison.Ordinal))
            return VerifierCause.MapNotAllowed;
        if (found.Message.StartsWith("the call stack of ", StringComparison.Ordinal) && code is not null && CallCycle.IsIn(code.Flow))
            return VerifierCause.InfiniteLoop;
        if (found.Places is [{ IsRegister: false } slot, ..]) return OfStackRead(found, slot);
        if (pattern.Cause != VerifierCause.TypeMismatch || found.Places.Count == 0) return pattern.Cause.Value;
        if (IsOfAny(found.Message, "invalid mem access 'scalar'", "invalid mem access 'inv'")) return OfNumber(found);

        // A number that was a pointer before; a number that never was one is of another kind.
        return found.LastPointer >= 0 && ValuePath.StateAt(found.Log, found.Step, found.Places[0]) is { } state
            && !ValuePath.IsPointer(state)
            ? OfNumber(found) : VerifierCause.TypeMismatch;
    }

    // Without CAP_PERFMON a helper may not read a pointer that was stored there, and never what the kernel keeps there for a dynptr.
    private static VerifierCause OfStackRead(Finding found, ValuePlace slot) =>
        ValuePath.StateAt(found.Log, found.Step, slot) switch
        {
            { } state when state.StartsWith("dynptr_", StringComparison.Ordinal) || state.StartsWith("iter_", StringComparison.Ordinal) =>
                VerifierCause.TypeMismatch,
            { } state when ValuePath.IsPointer(state) && state.Contains('(', StringComparison.Ordinal) => VerifierCause.PointerLeak,
            _ => VerifierCause.Uninitialised,
        };

    // A number that is used as an address: NULL, or a pointer before that arithmetic or a call made a number.
    private static VerifierCause OfNumber(Finding found)
    {
        IReadOnlyList<ValueStep> path = found.Path;
        bool isPacket = path.Any(step => step.State is { } state && state.StartsWith("pkt", StringComparison.Ordinal));
        if (isPacket && PacketChange(found) is not null)
            return VerifierCause.PacketBounds;
        string? known = ValuePath.StateAt(found.Log, found.Step, found.Places[0]);

        // A number that a call returned is 0 by a comparison, and was no pointer at any time.
        bool isOfNumber = path is [{ Effect: EffectKind.Returned, State: { } first }, ..]
            && first.StartsWith("scalar", StringComparison.Ordinal);
        if (IsNearNull(known) && !isOfNumber) return VerifierCause.UncheckedNull;
        if (found.LastPointer is not (>= 0 and var last)) return VerifierCause.TypeMismatch;
        if (last + 1 < path.Count && IsArithmetic(path[last + 1])) return VerifierCause.PointerArithmetic;
        bool isCalled = Invalidation(found) is { } end && StepEffect.IsCall(end.Text);

        // A pointer on the stack that something else was written over.
        if (!isCalled && !path[last].Place.IsRegister) return VerifierCause.TypeMismatch;
        return !isCalled && path[last].State!.Contains("_or_null", StringComparison.Ordinal)
            && (known is null || ValuePath.IsPointer(known))
            ? VerifierCause.UncheckedNull : VerifierCause.UseAfterRelease;
    }

    // A move of 32 bits leaves the lower half of a pointer.
    private static bool IsArithmetic(ValueStep step) =>
        step.Effect == EffectKind.Changed || (step.Effect == EffectKind.Copied && step.Step.Text.StartsWith('w'));

    // NULL, or a field behind it, of which the compiler made its offset.
    private static bool IsNearNull(string? state)
    {
        const int firstPage = 4096;
        ReadOnlySpan<char> digits = state is null ? [] : state.StartsWith("inv", StringComparison.Ordinal) ? state.AsSpan(3)
            : state.AsSpan().TrimStart('P');
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int address) && address < firstPage;
    }

    private static bool IsOfAny(string message, params ReadOnlySpan<string> parts)
    {
        foreach (string part in parts)
            if (message.Contains(part, StringComparison.Ordinal)) return true;
        return false;
    }

    /// <summary>The step that ended what a pointer was; null where it is not seen.</summary>
    internal static LogStep? Invalidation(Finding found)
    {
        LogStep? ended = null;
        for (int at = found.Log.Steps[found.Step].Previous; at >= 0; at = found.Log.Steps[at].Previous)
        {
            LogStep step = found.Log.Steps[at];
            if (found.LastPointer >= 0 && ReferenceEquals(step, found.Path[found.LastPointer].Step)) break;
            if (found.LastPointer == found.Path.Count - 1 && found.Places[0].In(step.StateAfter) is { } state
                && !ValuePath.IsPointer(state)) return step;
            if (StepEffect.IsCall(step.Text)) ended = step;
        }

        return ended;
    }

    /// <summary>
    /// The step that ended what a pointer was, where its name says that it does: between that and the use may be calls that have nothing
    /// to do with it.
    /// </summary>
    internal static LogStep? Ending(Finding found)
    {
        string[] ending =
        [
            "submit", "discard", "release", "drop", "put", "free", "destroy", "unlock", "xchg", "rbtree_", "list_", "dynptr_from",
            "dynptr_write", "_next", "del",
        ];
        if (PacketChange(found) is { } change) return change;
        LogStep? ended = null;
        for (int at = found.Log.Steps[found.Step].Previous; at >= 0; at = found.Log.Steps[at].Previous)
        {
            LogStep step = found.Log.Steps[at];
            if (found.LastPointer >= 0 && ReferenceEquals(step, found.Path[found.LastPointer].Step)) break;
            if (StepEffect.IsCall(step.Text) && ending.Any(name => step.Text.Contains(name, StringComparison.Ordinal))) ended = step;
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

        // A function of the program and the program of a tail call may change it: where the pointer is a number since.
        bool isNumber = !found.Message.Contains("packet", StringComparison.Ordinal);
        for (int at = found.Step < 0 ? -1 : found.Log.Steps[found.Step].Previous, next = found.Step; at >= 0;
            next = at, at = found.Log.Steps[at].Previous)
        {
            LogStep step = found.Log.Steps[at];
            if (found.LastPointer >= 0 && ReferenceEquals(step, found.Path[found.LastPointer].Step)) return null;
            if (StepEffect.IsCall(step.Text) && changing.Any(name => step.Text.Contains(name, StringComparison.Ordinal))) return step;
            if (isNumber && (StepEffect.IsUnwalkedCall(step, found.Log.Steps[next])
                || step.Text.StartsWith("call bpf_tail_call#", StringComparison.Ordinal))) return step;
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

    private static bool IsOfTracing(ProgramCode? code) => code?.Type is BpfProgramType.Kprobe or BpfProgramType.Tracepoint
        or BpfProgramType.PerfEvent or BpfProgramType.RawTracepoint or BpfProgramType.Tracing or BpfProgramType.Lsm;

    // Found out after the walk, or before it.
    private static bool IsOfProgram(string message) =>
        IsOfAny(message, "combined stack size of ", "frames is too deep !", "tail_calls are not allowed when call stack of ");

    private static int? InsnOf(string message)
    {
        // libbpf puts it in the place of an instruction's text: "7: <invalid CO-RE relocation>".
        if (message.IndexOf(": <invalid ", StringComparison.Ordinal) is > 0 and var colon
            && int.TryParse(message.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int replaced)) return replaced;
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

    internal static SourcePlace? SourceOf(int slot, LogSource? logged, ProgramCode? code)
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

    /// <summary>The number of the last step of the path after which the value is a pointer; -1 for none.</summary>
    public int LastPointer
    {
        get
        {
            int last = Path.Count - 1;
            while (last >= 0 && !ValuePath.IsPointer(Path[last].State)) last--;
            return last;
        }
    }
}
