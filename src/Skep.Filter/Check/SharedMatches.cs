using System.Numerics;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>Matches of one range of one field. Long lists have the same again and again: most of these are one object.</summary>
/// <param name="rules">How many rules there are.</param>
internal sealed class SharedMatches(int rules)
{
    private const int Most = 1 << 16;

    private static readonly ValueList<Field>[] Fields = [.. FieldInfo.All.Select(f => (ValueList<Field>)[f.Field])];

    private readonly ValuesMatch?[] _kept = new ValuesMatch?[BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(rules, 1, Most))];

    /// <summary>A field as a list.</summary>
    internal static ValueList<Field> ListOf(Field field) => Fields[(int)field];

    internal ValuesMatch Of(Field field, bool negated, Interval range)
    {
        ref var kept = ref _kept[PlaceOf(field, range)];
        if (kept is null || kept.Negated != negated || kept.Fields[0] != field || kept.Elements[0][0] != range)
            kept = new(ListOf(field), negated, new ElementList(1, [range]));
        return kept;
    }

    private int PlaceOf(Field field, Interval range)
    {
        const ulong multiplier = 0x9e3779b97f4a7c15;
        var value = range.Low + (range.High << 1);
        var hash = ((ulong)value ^ (ulong)(value >> 64) * 3 ^ (ulong)field << 56) * multiplier;
        return (int)(hash >> 32) & (_kept.Length - 1);
    }
}
