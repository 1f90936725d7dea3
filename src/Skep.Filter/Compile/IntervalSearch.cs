using Skep.Filter.Model;
using Skep.Isa;
using Skep.Packets.Values;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Emits comparisons of a field with ranges: a few one by one, many by halving.</summary>
internal sealed class IntervalSearch(Assembler code, FieldAccess fields)
{
    private const int MostInARow = 4;

    /// <summary>Jumps to <paramref name="hit"/> when the field is in a range, and falls through when it is in none.</summary>
    /// <param name="field">The field.</param>
    /// <param name="ranges">Sorted ranges that do not overlap.</param>
    /// <param name="hit">Where to go.</param>
    internal void Emit(Field field, ReadOnlySpan<Interval> ranges, Label hit)
    {
        var miss = code.DefineLabel("in no range");
        LoadValue(field);
        EmitTree(field, ranges, hit, miss);
        code.Bind(miss);
    }

    /// <summary>Jumps to <paramref name="miss"/> when the field is outside a range, and falls through when it is in it.</summary>
    internal void EmitRequired(Field field, Interval range, Label miss)
    {
        LoadValue(field);
        if (range.IsSingle)
        {
            JumpUnlessEqual(field, range.Low, miss);
            return;
        }
        if (range.Low != 0) JumpIfBelow(field, range.Low, miss);
        if (range.High != FieldInfo.Of(field).Domain.High) JumpIfAbove(field, range.High, miss);
    }

    // R1 is the value; of 128 bits it is the high half, and R2 the low one.
    private void LoadValue(Field field)
    {
        if (!Slots.IsWide(field))
        {
            fields.Load(R1, field);
            return;
        }
        fields.LoadHalf(R1, field, isLow: false);
        fields.LoadHalf(R2, field, isLow: true);
    }

    private void EmitTree(Field field, ReadOnlySpan<Interval> ranges, Label hit, Label miss)
    {
        if (ranges.Length <= MostInARow)
        {
            foreach (var range in ranges) EmitRange(field, range, hit, miss);
            code.Jump(miss);
            return;
        }
        var half = ranges.Length / 2;
        var lower = code.DefineLabel("lower");
        JumpIfBelow(field, ranges[half].Low, lower);
        EmitTree(field, ranges[half..], hit, miss);
        code.Bind(lower);
        EmitTree(field, ranges[..half], hit, miss);
    }

    private void EmitRange(Field field, Interval range, Label hit, Label miss)
    {
        var next = code.DefineLabel("next range");
        if (range.IsSingle)
        {
            JumpUnlessEqual(field, range.Low, next);
            code.Jump(hit).Bind(next);
            return;
        }
        if (range.Low != 0) JumpIfBelow(field, range.Low, miss);
        if (range.High != FieldInfo.Of(field).Domain.High) JumpIfAbove(field, range.High, next);
        code.Jump(hit).Bind(next);
    }

    private void JumpIfBelow(Field field, UInt128 value, Label target)
    {
        if (!Slots.IsWide(field))
        {
            Compare(Condition.Less, R1, (ulong)value, target);
            return;
        }
        var not = code.DefineLabel("not below");
        Compare(Condition.Less, R1, (ulong)(value >> 64), target);
        Compare(Condition.NotEqual, R1, (ulong)(value >> 64), not);
        Compare(Condition.Less, R2, (ulong)value, target);
        code.Bind(not);
    }

    private void JumpIfAbove(Field field, UInt128 value, Label target)
    {
        if (!Slots.IsWide(field))
        {
            Compare(Condition.Greater, R1, (ulong)value, target);
            return;
        }
        var not = code.DefineLabel("not above");
        Compare(Condition.Greater, R1, (ulong)(value >> 64), target);
        Compare(Condition.NotEqual, R1, (ulong)(value >> 64), not);
        Compare(Condition.Greater, R2, (ulong)value, target);
        code.Bind(not);
    }

    private void JumpUnlessEqual(Field field, UInt128 value, Label target)
    {
        if (Slots.IsWide(field)) Compare(Condition.NotEqual, R1, (ulong)(value >> 64), target);
        Compare(Condition.NotEqual, Slots.IsWide(field) ? R2 : R1, (ulong)value, target);
    }

    // A 64-bit comparison extends its immediate by sign.
    private void Compare(Condition condition, Register register, ulong value, Label target)
    {
        if (value <= int.MaxValue) code.JumpIf(condition, register, (int)value, target);
        else code.LoadImm64(R3, value).JumpIf(condition, register, R3, target);
    }
}
