namespace Skep.Filter.Classify;

/// <summary>
/// Numbers by which rules are ordered in the image that they are searched in. Between those of a table as it was compiled is room for rules
/// that are added later.
/// </summary>
/// <param name="Rules">The rules of the table as it was compiled.</param>
internal readonly record struct RuleOrder(int Rules)
{
    /// <summary>Of a record that matches nothing.</summary>
    internal const uint None = uint.MaxValue;

    /// <summary>Programs compare with numbers up to here.</summary>
    internal const int Last = int.MaxValue;

    private const int First = 1 << 29, Span = 1 << 30, WidestStep = 1 << 16;

    private int Step => Math.Clamp(Span / (Rules + 1), 1, WidestStep);

    /// <summary>The number of a rule.</summary>
    internal int Of(int rule) => First + rule * Step;

    /// <summary>How many rules of the table as it was compiled are before a number.</summary>
    internal int CountBefore(int order) => (int)Math.Clamp(((long)order - First + Step - 1) / Step, 0, Rules);

    /// <summary>Finds the number for a rule between others.</summary>
    /// <param name="before">That of the rule before it; 0 for none.</param>
    /// <param name="after">That of the rule behind it; <see cref="Last"/> for none.</param>
    /// <param name="order">The number.</param>
    /// <returns>False when there is none left.</returns>
    internal bool TryBetween(int before, int after, out int order)
    {
        // Rules are added at the ends most of all, and before one and the same rule.
        if (after == Last) order = before == 0 ? First : before <= Last - Step ? before + Step : before;
        else if (before == 0) order = Math.Max(after - Step, 0);
        else order = before + Math.Max(1, (after - before) / 8);
        return order > before && order < after;
    }
}
