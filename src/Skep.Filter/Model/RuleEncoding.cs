using System.Buffers.Binary;
using System.Text;
using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>
/// Rules as bytes, so that equal rules are equal bytes, in every version of Skep. Ids are hashes of them: a change here takes a new
/// <see cref="Version"/>. What has a name in the rule language is written by its name, everything else by a number that stands in this
/// file.
/// </summary>
internal sealed class RuleEncoding
{
    internal const int Version = 1;

    private byte[] _bytes = new byte[256];
    private int _length;

    /// <summary>Encodes what a rule does: all of it but its id, its line and its comment.</summary>
    /// <returns>The bytes, until the next rule is encoded.</returns>
    internal ReadOnlySpan<byte> Of(Rule rule)
    {
        _length = 0;
        Number(Version);
        Number(rule.Matches.Count);
        foreach (var match in rule.Matches) Write(match);
        Number(rule.Limit is null ? 0 : 1);
        if (rule.Limit is not null) Write(rule.Limit);
        Number(rule.Statements.Count);
        foreach (var statement in rule.Statements) Write(statement);
        Write(rule.Verdict);
        return _bytes.AsSpan(0, _length);
    }

    private void Write(Match match)
    {
        Number(match switch { ValuesMatch => 1, SetMatch => 2, _ => 3 });
        Number(match.Negated ? 1 : 0);
        Write(match.Fields);
        switch (match)
        {
            case ValuesMatch values:
                Number(values.Elements.Count);
                foreach (var range in values.Elements.Ranges)
                {
                    Value(range.Low);
                    Value(range.High);
                }
                break;
            case SetMatch set:
                Name(set.SetName);
                break;
            default:
                var flags = (FlagsMatch)match;
                Number(flags.Mask);
                Number(flags.Value);
                break;
        }
    }

    private void Write(ValueList<Field> fields)
    {
        Number(fields.Count);
        foreach (var field in fields) Name(FieldInfo.Of(field).Name);
    }

    private void Write(RateLimit limit)
    {
        Number(limit.Over ? 1 : 0);
        Number(limit.Rate);
        Value(limit.UnitNanoseconds);
        Number(limit.Burst);
        Write(limit.Key);
        Number(limit.MaxKeys);
    }

    private void Write(Statement statement)
    {
        switch (statement)
        {
            case LogStatement log:
                Number(1);
                Number(log.SampleOneIn);
                break;
            case SetStatement set:
                Number(2);
                Name(FieldInfo.Of(set.Field).Name);
                Value(set.Value);
                break;
            default:
                var swap = (SwapStatement)statement;
                Number(3);
                Number(swap.Headers.Count);
                foreach (var header in swap.Headers) Name(HeaderPairs.NameOf(header));
                break;
        }
    }

    private void Write(Verdict verdict)
    {
        Number(verdict.Kind switch
        {
            VerdictKind.Continue => 1,
            VerdictKind.Drop => 2,
            VerdictKind.Pass => 3,
            VerdictKind.Tx => 4,
            VerdictKind.RedirectDevice => 5,
            VerdictKind.RedirectCpu => 6,
            VerdictKind.RedirectXsk => 7,
            VerdictKind.RedirectFib => 8,
            _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "a verdict without a number"),
        });
        Name(verdict.Device ?? "");
        Number(verdict.Cpu);
    }

    private void Number(long number) => BinaryPrimitives.WriteUInt32BigEndian(Take(sizeof(uint)), checked((uint)number));

    private void Value(UInt128 value) => BinaryPrimitives.WriteUInt128BigEndian(Take(16), value);

    private void Name(string name)
    {
        var length = Encoding.UTF8.GetByteCount(name);
        Number(length);
        Encoding.UTF8.GetBytes(name, Take(length));
    }

    private Span<byte> Take(int count)
    {
        if (_bytes.Length - _length < count) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + count));
        _length += count;
        return _bytes.AsSpan(_length - count, count);
    }
}
