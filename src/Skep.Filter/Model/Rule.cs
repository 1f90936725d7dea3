using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>
/// One rule. It hits a packet when every header that it names is there, every match matches and its limit lets the packet
/// through; then it counts the packet, runs its statements in order and gives its verdict.
/// </summary>
/// <param name="Id">The stable name that its counters live under.</param>
/// <param name="Matches">The conditions, all of which must hold.</param>
/// <param name="Limit">The rate that bounds it.</param>
/// <param name="Statements">What it does, in order.</param>
/// <param name="Verdict">What it decides.</param>
/// <param name="Comment">What the author calls it.</param>
public sealed record Rule(
    string Id,
    ValueList<Match> Matches,
    RateLimit? Limit,
    ValueList<Statement> Statements,
    Verdict Verdict,
    string? Comment)
{
    /// <summary>The line of the rule file where the rule begins, from 1.</summary>
    public int Line { get; init; }

    /// <summary>The headers that a packet must have for the rule to hit it.</summary>
    /// <returns>Each header once.</returns>
    public IReadOnlySet<Header> NamedHeaders() => Headers;

    /// <summary>The same as bits.</summary>
    internal HeaderSet Headers => new(BitsOfHeaders());

    private uint BitsOfHeaders()
    {
        var headers = 0u;
        foreach (var match in Matches.AsSpan())
            foreach (var field in match.Fields.AsSpan()) headers |= HeaderSet.BitOf(FieldInfo.Of(field).Header);
        if (Limit is { } limit)
            foreach (var field in limit.Key) headers |= HeaderSet.BitOf(FieldInfo.Of(field).Header);
        foreach (var statement in Statements)
        {
            if (statement is SetStatement set) headers |= HeaderSet.BitOf(FieldInfo.Of(set.Field).Header);
            if (statement is SwapStatement swap) headers |= HeaderSet.BitsOf(swap.Headers);
        }
        if (Verdict.Kind == VerdictKind.RedirectFib) headers |= HeaderSet.BitOf(Header.Network);
        return headers;
    }
}
