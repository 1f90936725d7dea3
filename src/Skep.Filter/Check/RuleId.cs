using Skep.Filter.Model;
using Skep.Isa;

namespace Skep.Filter.Check;

/// <summary>Names rules so that a changed file keeps the counters of the rules that it kept.</summary>
internal sealed class RuleId
{
    private const int HashBytes = 6;

    private readonly RuleEncoding _encoding = new();
    private readonly HashSet<string> _used = [];
    private readonly Dictionary<string, int> _last = [];

    /// <summary>A rule's comment, or a hash of what it does; a second rule of the same name gets <c>#2</c>.</summary>
    internal Rule Assign(Rule rule)
    {
        var stem = rule.Comment ?? "r" + Convert.ToHexStringLower(Sha256Digest.Compute(_encoding.Of(rule)).AsSpan(0, HashBytes));
        if (_used.Add(stem)) return rule with { Id = stem };
        var last = _last.GetValueOrDefault(stem, 1);
        var id = $"{stem}#{++last}";
        while (!_used.Add(id)) id = $"{stem}#{++last}";
        _last[stem] = last;
        return rule with { Id = id };
    }
}
