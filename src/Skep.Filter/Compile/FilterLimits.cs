using System;
using System.Globalization;
using Skep.Isa;

namespace Skep.Filter.Compile;

/// <summary>Refuses tables that the kernel would not load, in terms of their rules. docs/filter.md gives the limits.</summary>
internal static class FilterLimits
{
    /// <summary>MAX_USED_MAPS of the kernel.</summary>
    internal const int MostMaps = 64;

    /// <summary>
    /// How far a jump reaches, in instruction slots as the kernel rewrites them: each rule jumps to the end of the program.
    /// </summary>
    internal const int MostSlots = short.MaxValue;

    private const string Remedy = "put values into sets, join rules that differ in values only, or split the table";

    internal static void CheckMaps(FilterPlan plan)
    {
        if (plan.Maps.Count <= MostMaps) return;
        var limits = plan.Maps.Where(m => m.Rule >= 0).ToList();
        var most = MostMaps - (plan.Maps.Count - limits.Count);
        throw new FilterCompileException(string.Create(CultureInfo.InvariantCulture,
            $"compiling table {plan.Table.Name}: {limits.Count} rules have a limit, at most {most} can beside what else the table uses: "
            + $"line {plan.Table.Rules[limits[most].Rule].Line} is the first too many (a limit is a map, and a program uses {MostMaps}; "
            + $"write one limit with per, or split the table)"));
    }

    // The verifier puts the lookups of array maps in place of calls (array_map_gen_lookup, array_of_map_gen_lookup), and pointers in place
    // of context loads.
    private const int SlotsOfCall = 12, SlotsOfContextLoad = 4;

    /// <param name="plan">The plan.</param>
    /// <param name="emitted">The program.</param>
    /// <param name="at">The slot at which each rule begins, and the one behind the last.</param>
    internal static void CheckSlots(FilterPlan plan, ReadOnlySpan<Instruction> emitted, IReadOnlyList<int> at)
    {
        if (at.Count < 2) return;
        var (starts, slots) = (new List<int>(), 0);
        for (var i = 0; i < emitted.Length; i++)
        {
            while (starts.Count < at.Count && at[starts.Count] == i) starts.Add(slots);
            slots += emitted[i] switch
            {
                { Code: DeadCode.Call } => SlotsOfCall,
                { Class: InstructionClass.Ldx, Src: (byte)Registers.Context } => SlotsOfContextLoad,
                _ => 1,
            };
        }
        if (slots - starts[0] <= MostSlots) return;
        var rest = slots - starts[^1];
        var fit = Enumerable.Range(0, starts.Count - 1).TakeWhile(i => starts[i + 1] - starts[0] + rest <= MostSlots).Count();
        var largest = Enumerable.Range(0, starts.Count - 1).MaxBy(i => starts[i + 1] - starts[i]);
        throw new FilterCompileException(string.Create(CultureInfo.InvariantCulture,
            $"compiling table {plan.Table.Name}: its {plan.Table.Rules.Count} rules are too much code for one program: {slots} "
            + $"instruction slots where jumps reach {MostSlots}; the rules before line {Line(plan, fit)} fit, and the largest, on line "
            + $"{Line(plan, largest)}, takes {starts[largest + 1] - starts[largest]}{Unserved(plan)}{Ends(plan)} ({Remedy})"));
    }

    internal static void CheckWork(FilterPlan plan, IReadOnlyList<RuleWork> rules, int functionSlots)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i].Branches <= VerifierWork.MostBranches) continue;
            throw new FilterCompileException(string.Create(CultureInfo.InvariantCulture,
                $"compiling table {plan.Table.Name}: the rule on line {Line(plan, i)} is too complex for the kernel's verifier: "
                + $"{rules[i].Branches} branches, at most {VerifierWork.MostBranches} (write its matches as several rules, or give sets "
                + $"that join ranges of several fields a smaller size)"));
        }
        var steps = VerifierWork.Steps(rules, functionSlots);
        if (steps <= VerifierWork.MostSteps) return;
        var most = Enumerable.Range(0, rules.Count).MaxBy(i => rules[i].Slots);
        throw new FilterCompileException(string.Create(CultureInfo.InvariantCulture,
            $"compiling table {plan.Table.Name}: its {rules.Count} rules are too much for the kernel's verifier: up to {steps} steps, at "
            + $"most {VerifierWork.MostSteps}; the rule on line {Line(plan, most)} takes up to "
            + $"{VerifierWork.StepsOf(rules[most], functionSlots)} of them{Ends(plan)} ({Advice(plan)})"));
    }

    private static string Unserved(FilterPlan plan)
    {
        if (plan.Unserved.Count == 0) return "";
        var lines = string.Join(", ", plan.Unserved.Distinct().Take(8).Select(rule => Line(plan, rule)));
        return string.Create(CultureInfo.InvariantCulture,
            $"; {plan.Unserved.Distinct().Count()} rules cannot be searched, because their ranges and masks have too little in common, as "
            + $"those on lines {lines}");
    }

    private static string Ends(FilterPlan plan)
    {
        if (plan.ListEnds is not [var first, ..]) return "";
        var more = plan.ListEnds.Count > 1 ? $", and {plan.ListEnds.Count - 1} more rules" : "";
        return string.Create(CultureInfo.InvariantCulture, $"; the rule on line {Line(plan, first.Rule)}{more}: {first.Reason}");
    }

    private static string Advice(FilterPlan plan) => plan.Sets.Any(s => s.Structure == SetStructure.Rows)
        ? "each match of a set that joins ranges of several fields takes some for each element it has room for: give the set a smaller "
            + "size, or match it in fewer rules"
        : Remedy;

    private static int Line(FilterPlan plan, int rule) => plan.Table.Rules[rule].Line;
}
