using System;
using Skep.Isa;

namespace Skep.Filter.Compile;

/// <summary>
/// Counts, from above, what the kernel's verifier does for a table's rules (kernel/bpf/verifier.c). It walks a loop step by step and a
/// function once for each call, and keeps the other branch of each conditional jump on its way until it has walked that too.
/// </summary>
internal sealed class VerifierWork(Assembler code)
{
    /// <summary>The instructions that it walks at most: BPF_COMPLEXITY_LIMIT_INSNS.</summary>
    internal const long MostSteps = 1_000_000;

    /// <summary>BPF_COMPLEXITY_LIMIT_JMP_SEQ is 8192; the walk over the headers and the start of the rules keep some.</summary>
    internal const long MostBranches = 7168;

    // Measured, rounded up: the walk over the headers with all fields, and how often an instruction of a rule is walked.
    private const long HeaderSteps = 150_000;
    private const int StepsPerSlot = 5, SlotsOfProbe = 1000;

    private readonly List<(int Start, int End, int Times, long Branches)> _loops = [];
    private int _calls;
    private int _probes;

    /// <summary>Notes that the code from a slot to here is a loop, which is in no other one.</summary>
    /// <param name="start">The slot.</param>
    /// <param name="times">How often it is walked at most.</param>
    /// <param name="branches">The branches that are kept each time; null for all.</param>
    internal void NoteLoop(int start, int times, int? branches = null) =>
        _loops.Add((start, code.Count, times, branches ?? Branches(start, code.Count)));

    /// <summary>Notes a look into a table or the bits of a search: the verifier walks the function that does it once for each.</summary>
    internal void NoteProbe() => _probes++;

    /// <summary>Notes a call of the program's function.</summary>
    internal void NoteCall() => _calls++;

    /// <summary>Counts the code of a rule, from a slot to here.</summary>
    internal RuleWork EndRule(int start)
    {
        var (slots, branches) = (code.Count - start, Branches(start, code.Count));
        foreach (var loop in _loops)
        {
            slots += (loop.End - loop.Start) * (loop.Times - 1);
            branches += loop.Branches * (loop.Times - 1);
        }
        var work = new RuleWork(slots + (long)_probes * SlotsOfProbe, branches, _calls);
        _loops.Clear();
        (_calls, _probes) = (0, 0);
        return work;
    }

    /// <summary>
    /// The rules at which the walk begins anew, so that what it keeps for the rules before one is not kept for those behind it.
    /// </summary>
    internal static IReadOnlyList<int> FindCuts(IReadOnlyList<RuleWork> rules)
    {
        var cuts = new List<int>();
        var branches = 0L;
        for (var i = 0; i < rules.Count; i++)
        {
            branches += rules[i].Branches;
            // The rules of a list that is searched are counted with the first.
            if (branches <= MostBranches || rules[i].Slots == 0) continue;
            cuts.Add(i);
            branches = rules[i].Branches;
        }
        return cuts;
    }

    /// <summary>The steps for all of a table.</summary>
    /// <param name="rules">Its rules.</param>
    /// <param name="functionSlots">The slots of the program's function.</param>
    internal static long Steps(IEnumerable<RuleWork> rules, int functionSlots) => HeaderSteps + rules.Sum(r => StepsOf(r, functionSlots));

    internal static long StepsOf(RuleWork rule, int functionSlots) => StepsPerSlot * (rule.Slots + (long)rule.Calls * functionSlots);

    private long Branches(int start, int end)
    {
        var count = 0L;
        foreach (var slot in code.Emitted[start..end])
            if (DeadCode.IsConditional(slot)) count++;
        return count;
    }
}

/// <summary>What the verifier does for a rule at most.</summary>
/// <param name="Slots">The instruction slots that it walks, those of loops as often as they run.</param>
/// <param name="Branches">The branches that it keeps.</param>
/// <param name="Calls">The calls of the program's function.</param>
internal readonly record struct RuleWork(long Slots, long Branches, int Calls);
