using System.Globalization;
using Skep.Filter.Format;
using Skep.Isa;

namespace Skep.Filter.Compile;

/// <summary>A part of a compiled filter.</summary>
/// <param name="Start">Its first instruction slot.</param>
/// <param name="Rule">The rule it serves by its place in the table, or -1.</param>
/// <param name="Title">What it does.</param>
public readonly record struct CodePart(int Start, int Rule, string Title)
{
    /// <summary>How many rules it serves, from <see cref="Rule"/> on, where it is one.</summary>
    public int Rules { get; init; } = 1;
}

/// <summary>Where the source of a part of the program stands in the rule file.</summary>
/// <param name="Start">The first instruction slot.</param>
/// <param name="Line">The line in the file; 0 for what no rule asks for.</param>
/// <param name="Text">The rule, or what the part does.</param>
public readonly record struct SourceLine(int Start, int Line, string Text);

/// <summary>A table as bytecode. Pure: nothing of it is in the kernel.</summary>
/// <param name="Plan">The structures that it uses; the program names maps by their place in the plan.</param>
/// <param name="Instructions">The program.</param>
/// <param name="Parts">What its parts serve, in order.</param>
/// <param name="CounterSlots">The place of each rule's counters in the map of rules.</param>
public sealed record CompiledFilter(FilterPlan Plan, Instruction[] Instructions, IReadOnlyList<CodePart> Parts,
    IReadOnlyList<int> CounterSlots)
{
    /// <summary>Writes the image that long lists are searched in, for the map of <see cref="MapRole.Classifier"/>.</summary>
    /// <returns>Its bytes; none when the plan has no such map.</returns>
    public byte[] WriteImage() => Plan.Image?.Write(rule => CounterSlots[rule], Plan.VerdictNumber, Plan.Order) ?? [];

    /// <summary>The source lines of the parts that have code, in order.</summary>
    public IEnumerable<SourceLine> Lines()
    {
        for (var i = 0; i < Parts.Count; i++)
        {
            // Of parts that begin at one place, only the last has code: no packet reaches the others.
            var end = i + 1 < Parts.Count ? Parts[i + 1].Start : Instructions.Length;
            if (Parts[i].Start < end) yield return LineOf(Parts[i]);
        }
    }

    private SourceLine LineOf(CodePart part)
    {
        if (part.Rule < 0) return new(part.Start, 0, part.Title);
        var rules = Plan.Table.Rules;
        var line = rules[part.Rule].Line;
        return new(part.Start, line, part.Rules == 1 ? RuleFormatter.Format(rules[part.Rule]) : string.Create(
            CultureInfo.InvariantCulture,
            $"{part.Rules} rules to line {rules[part.Rule + part.Rules - 1].Line}, searched as one list"));
    }
}
