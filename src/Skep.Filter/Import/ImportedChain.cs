namespace Skep.Filter.Import;

/// <summary>What becomes of the packets that a rule of another firewall matches.</summary>
internal enum ImportedOutcome
{
    Continue,
    Accept,
    Drop,
    Reject,
    Jump,
    Goto,
    Return,
}

/// <summary>One rule of a chain, in words of the rule language, or with the reason why it has none.</summary>
/// <param name="Line">The line of the imported file, from 1.</param>
/// <param name="Original">The original text.</param>
/// <param name="Outcome">What it does with the packets that it matches.</param>
internal sealed record ImportedRule(int Line, string Original, ImportedOutcome Outcome)
{
    /// <summary>The rule; its verdict is <c>continue</c> where the outcome is not a verdict of the language.</summary>
    internal string? Text { get; init; }

    /// <summary>The chain that a jump or goto names.</summary>
    internal string? Target { get; init; }

    /// <summary>Why it is left out, or what differs.</summary>
    internal string? Reason { get; init; }

    /// <summary>Whether it may let packets through, itself or where it goes.</summary>
    internal bool MayAccept { get; init; }

    /// <summary>Whether the table's devices never receive a packet that it matches.</summary>
    internal bool NeverMatches { get; init; }
}

/// <summary>A chain of another firewall.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Line">The line of the imported file where it begins, from 1.</param>
/// <param name="Family">The packets that it sees.</param>
/// <param name="Rules">Its rules in order; one of the file may be several here.</param>
internal sealed record ImportedChain(string Name, int Line, ImportFamily Family, IReadOnlyList<ImportedRule> Rules);
