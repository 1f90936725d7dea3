using System.Security.Cryptography;
using System.Text;
using Skep.Filter.Format;
using Skep.Filter.Model;

namespace Skep.Filter.Check;

/// <summary>Names rules so that a changed file keeps the counters of the rules that it kept.</summary>
internal sealed class RuleId
{
    private readonly HashSet<string> _used = [];

    /// <summary>A rule's comment, or a hash of its canonical text; a second rule of the same name gets <c>#2</c>.</summary>
    internal Rule Assign(Rule rule)
    {
        var stem = rule.Comment ?? "r" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(RuleFormatter.Format(rule, withComment: false))).AsSpan(0, 6));
        var id = stem;
        for (var i = 2; !_used.Add(id); i++) id = $"{stem}#{i}";
        return rule with { Id = id };
    }
}
