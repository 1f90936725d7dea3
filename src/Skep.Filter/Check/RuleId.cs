using Skep.Filter.Model;
using Skep.Isa;

namespace Skep.Filter.Check;

/// <summary>Names rules so that a changed file keeps the counters of the rules that it kept.</summary>
internal sealed class RuleId
{
    private const int HashDigits = 12;

    private readonly HashSet<string> _used = [];
    private readonly Dictionary<string, int> _last = [];

    /// <summary>A rule's comment, or a hash of what it does; a second rule of the same name gets <c>#2</c>.</summary>
    internal Rule Assign(Rule rule)
    {
        var stem = rule.Comment ?? "r" + Sha256Digest.Text(RuleEncoding.Of(rule))[..HashDigits];
        var id = stem;
        var last = _last.GetValueOrDefault(stem, 1);
        while (!_used.Add(id)) id = $"{stem}#{++last}";
        _last[stem] = last;
        return rule with { Id = id };
    }
}
