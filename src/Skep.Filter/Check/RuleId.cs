using System;
using System.Buffers;
using Skep.Filter.Model;
using Skep.Isa;

namespace Skep.Filter.Check;

/// <summary>Names rules so that a changed file keeps the counters of the rules that it kept.</summary>
/// <param name="count">How many rules there are, about.</param>
internal sealed class RuleId(int count)
{
    /// <summary>As many are hashed together.</summary>
    internal const int Together = 64;

    private const int HashBytes = 6;

    private readonly RuleEncoding _encoding = new();
    private readonly ArrayBufferWriter<byte> _encoded = new();
    private readonly int[] _ends = new int[Together];
    private readonly byte[] _digests = new byte[Together * Sha256Digest.Size];
    private readonly HashSet<string> _used = new(count);
    private readonly Dictionary<string, int> _last = [];

    /// <summary>
    /// Names rules that follow those that were named before: by the comment, or a hash of what the rule does; a second rule of the same
    /// name gets <c>#2</c>.
    /// </summary>
    /// <param name="rules">The rules, each of which is replaced by itself with its name.</param>
    internal void Assign(Span<Rule> rules)
    {
        for (; rules.Length > Together; rules = rules[Together..]) AssignTogether(rules[..Together]);
        AssignTogether(rules);
    }

    private void AssignTogether(Span<Rule> rules)
    {
        var hashed = 0;
        _encoded.ResetWrittenCount();
        foreach (var rule in rules)
        {
            if (rule.Comment is not null) continue;
            _encoded.Write(_encoding.Of(rule));
            _ends[hashed++] = _encoded.WrittenCount;
        }
        Sha256Digest.Compute(_encoded.WrittenSpan, _ends.AsSpan(0, hashed), _digests);
        hashed = 0;
        foreach (ref var rule in rules)
            rule = rule with { Id = Unused(rule.Comment ?? NameOf(_digests.AsSpan(hashed++ * Sha256Digest.Size, HashBytes))) };
    }

    private static string NameOf(ReadOnlySpan<byte> hash)
    {
        Span<char> name = stackalloc char[1 + 2 * HashBytes];
        name[0] = 'r';
        Convert.TryToHexStringLower(hash, name[1..], out _);
        return new(name);
    }

    private string Unused(string stem)
    {
        if (_used.Add(stem)) return stem;
        var last = _last.GetValueOrDefault(stem, 1);
        var id = $"{stem}#{++last}";
        while (!_used.Add(id)) id = $"{stem}#{++last}";
        _last[stem] = last;
        return id;
    }
}
