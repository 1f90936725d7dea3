namespace Skep.Debug.Verify;

/// <summary>A step that made a value what it is.</summary>
/// <param name="Step">The instruction.</param>
/// <param name="Place">Where the value is after it.</param>
/// <param name="Effect">What the instruction did to it.</param>
/// <param name="State">What the verifier knows of the value then; null where it does not say.</param>
internal sealed record ValueStep(LogStep Step, ValuePlace Place, EffectKind Effect, string? State);

/// <summary>Where a value comes from: the steps before one, walked back along the path that the verifier took.</summary>
internal static class ValuePath
{
    // Enough to read; loops repeat themselves.
    private const int MostSteps = 24;

    // A walk of a million instructions is not searched whole for a register that nothing writes.
    private const int Farthest = 100_000;

    /// <summary>The steps that made a value, the first one first.</summary>
    /// <param name="log">The log.</param>
    /// <param name="last">The number of the step before which the value is looked at.</param>
    /// <param name="place">The value.</param>
    /// <param name="withOperands">Whether those of numbers that were added to a pointer are among them.</param>
    public static IReadOnlyList<ValueStep> To(VerifierLog log, int last, ValuePlace place, bool withOperands = false)
    {
        var found = new SortedList<int, ValueStep>();
        Collect(log, last, place, withOperands, found);
        return [.. found.Values];
    }

    private static void Collect(VerifierLog log, int last, ValuePlace place, bool withOperands, SortedList<int, ValueStep> found)
    {
        int depth = 0;
        int at = log.Steps[last].Previous, next = last;
        for (int walked = 0; at >= 0 && walked < Farthest && found.Count < MostSteps; walked++)
        {
            int number = at;
            LogStep step = log.Steps[number];
            at = step.Previous;
            bool isUnwalked = StepEffect.IsUnwalkedCall(step, log.Steps[next]);
            bool isElsewhere = log.Steps[next].Insn != step.Insn + 1;

            // A tail call that succeeds returns to the caller of the function that it stands in.
            bool isReturn = step.Text == "exit" || (isElsewhere && step.Text.StartsWith("call bpf_tail_call#", StringComparison.Ordinal));
            bool isCallback = !isReturn && isElsewhere && StepEffect.IsCall(step.Text) && !StepEffect.IsLocalCall(step.Text);
            int after = next;
            next = number;

            // The arguments of a function that a helper calls are the helper's.
            if (isCallback && depth == 0) break;

            // A function that was called and has returned: its registers are others, but for what it returns.
            if (isReturn && !(place is { Register: 0 } && depth == 0))
            {
                depth++;
                continue;
            }

            if (depth > 0)
            {
                if (StepEffect.IsLocalCall(step.Text) && !isUnwalked) depth--;
                continue;
            }

            // Into the caller: arguments pass, its stack and saved registers are others.
            if (StepEffect.IsLocalCall(step.Text) && !isUnwalked && place is not { Register: >= 0 and <= 5 }) break;
            StepEffect effect = isUnwalked ? StepEffect.OfUnwalkedCall(place) : StepEffect.Of(step.Text, place);
            if (effect.Kind == EffectKind.None) continue;
            if (effect.Kind == EffectKind.Compared && found.Values.Any(known => known.Step.Insn == step.Insn)) continue;

            // Behind a comparison is what its other branch knows: the one that is not jumped to.
            string? state = after == number + 1 || effect.Kind != EffectKind.Compared
                ? place.In(step.StateAfter) ?? StateBetween(log, number, place) : place.In(log.Steps[after].StateBefore);
            if (!found.TryAdd(number, new ValueStep(step, place, effect.Kind, state))) break;
            if (effect.Kind is EffectKind.Constant or EffectKind.Loaded or EffectKind.Returned or EffectKind.Clobbered) break;
            if (withOperands && effect.Kind == EffectKind.Changed && IsPointer(state) && StepEffect.Operand(step.Text) is { } operand)
                Collect(log, number, ValuePlace.Of(operand), withOperands, found);
            place = effect.From;
        }
    }

    /// <summary>Whether a state is that of a pointer: neither a number nor unknown.</summary>
    public static bool IsPointer(string? state) => state is not null
        && !state.StartsWith("scalar", StringComparison.Ordinal) && !state.StartsWith("inv", StringComparison.Ordinal)
        && !state.StartsWith("P", StringComparison.Ordinal) && !char.IsAsciiDigit(state[0]) && state[0] != '-';

    /// <summary>What the verifier knows of a value before a step; null where the log does not say.</summary>
    public static string? StateAt(VerifierLog log, int step, ValuePlace place)
    {
        if (place.In(log.Steps[step].StateBefore) is { } before) return before;
        IReadOnlyList<ValueStep> path = To(log, step, place);
        return path.Count == 0 ? FirstState(log, step, place) : path[^1].State;
    }

    // A register that nothing wrote holds what it held at the entry.
    private static string? FirstState(VerifierLog log, int step, ValuePlace place)
    {
        int at = step;
        for (int walked = 0; at >= 0 && walked < Farthest; walked++, at = log.Steps[at].Previous)
            if (place.In(log.Steps[at].StateBefore) is { } state) return state;
        return null;
    }

    // Some states are printed in front of the next step.
    private static string? StateBetween(VerifierLog log, int step, ValuePlace place) =>
        step + 1 < log.Steps.Count && log.Steps[step + 1].Previous == step ? place.In(log.Steps[step + 1].StateBefore) : null;
}
