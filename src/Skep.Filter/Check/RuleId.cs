using System;
using System.Buffers;
using System.Numerics;
using Skep.Filter.Model;
using Skep.Isa;

namespace Skep.Filter.Check;

/// <summary>Names rules so that a changed file keeps the counters of the rules that it kept.</summary>
/// <param name="count">How many rules there are at most.</param>
internal sealed class RuleId(int count)
{
    /// <summary>As many are hashed together.</summary>
    internal const int Together = 64;

    private const int HashBytes = 6;

    private readonly RuleEncoding _encoding = new();
    private readonly ArrayBufferWriter<byte> _encoded = new();
    private readonly int[] _ends = new int[Together];
    private readonly byte[] _digests = new byte[Together * Sha256Digest.Size];
    // Most names are hashes: as numbers they are nothing that the garbage collector has to go through.
    private readonly ulong[] _usedHashes = new ulong[BitOperations.RoundUpToPowerOf2((uint)count * 2 + 1)];
    private readonly HashSet<string> _used = [];
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
        {
            if (rule.Comment is { } comment)
            {
                rule = rule with { Id = TryUse(comment) ? comment : NextOf(comment) };
                continue;
            }
            var hash = _digests.AsSpan(hashed++ * Sha256Digest.Size, HashBytes);
            var name = NameOf(hash);
            rule = rule with { Id = TryUse(NumberOf(hash)) ? name : NextOf(name) };
        }
    }

    private static string NameOf(ReadOnlySpan<byte> hash)
    {
        Span<char> name = stackalloc char[1 + 2 * HashBytes];
        name[0] = 'r';
        Convert.TryToHexStringLower(hash, name[1..], out _);
        return new(name);
    }

    private static ulong NumberOf(ReadOnlySpan<byte> hash)
    {
        var number = 0UL;
        foreach (var part in hash) number = number << 8 | part;
        return number;
    }

    private string NextOf(string stem)
    {
        var last = _last.GetValueOrDefault(stem, 1);
        var id = $"{stem}#{++last}";
        while (!TryUse(id)) id = $"{stem}#{++last}";
        _last[stem] = last;
        return id;
    }

    /// <summary>A comment may look like a hash.</summary>
    private bool TryUse(string name)
    {
        Span<byte> hash = stackalloc byte[HashBytes];
        return name is ['r', .. { Length: 2 * HashBytes } digits] && !digits.AsSpan().ContainsAnyInRange('A', 'F')
            && Convert.FromHexString(digits, hash, out _, out _) == OperationStatus.Done ? TryUse(NumberOf(hash)) : _used.Add(name);
    }

    private bool TryUse(ulong number)
    {
        const ulong used = 1UL << 63;
        for (var at = (int)number & (_usedHashes.Length - 1); ; at = (at + 1) & (_usedHashes.Length - 1))
        {
            if (_usedHashes[at] == (number | used)) return false;
            if (_usedHashes[at] != 0) continue;
            _usedHashes[at] = number | used;
            return true;
        }
    }
}
