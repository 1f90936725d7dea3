using System.Buffers;
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

    private readonly ArrayBufferWriter<byte> _bytes = new(256);

    private RuleEncoding()
    {
    }

    /// <summary>Encodes what a rule does: all of it but its id, its line and its comment.</summary>
    internal static ReadOnlySpan<byte> Of(Rule rule)
    {
        var encoding = new RuleEncoding();
        encoding.Number(Version);
        encoding.Number(rule.Matches.Count);
        foreach (var match in rule.Matches) encoding.Write(match);
        encoding.Number(rule.Limit is null ? 0 : 1);
        if (rule.Limit is not null) encoding.Write(rule.Limit);
        encoding.Number(rule.Statements.Count);
        foreach (var statement in rule.Statements) encoding.Write(statement);
        encoding.Write(rule.Verdict);
        return encoding._bytes.WrittenSpan;
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

    private void Number(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, checked((uint)number));
        _bytes.Write(bytes);
    }

    private void Value(UInt128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, value);
        _bytes.Write(bytes);
    }

    private void Name(string name)
    {
        Number(Encoding.UTF8.GetByteCount(name));
        Encoding.UTF8.GetBytes(name, _bytes);
    }
}
