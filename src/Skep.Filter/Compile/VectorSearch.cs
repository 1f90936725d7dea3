using Skep.Filter.Classify;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits the function that looks at the bits of rows (<see cref="BitVectors"/>). Only for an arena: its loops are of no fixed length.
/// </summary>
internal sealed class VectorSearch(Assembler code, PlacedFamily family, RecordComparison comparison)
{
    private const short Word = -24, Left = -32, UpperAt = -40, UpperLeft = -48;

    private readonly BitVectors _vectors = family.Family.Vectors!;

    /// <summary>R4 points at the key, R5 is the best row: that is given back.</summary>
    internal void Emit(Label function)
    {
        var (end, nextUpper, nextWord, nextRow) =
            (code.DefineLabel("end"), code.DefineLabel("next upper word"), code.DefineLabel("next word"), code.DefineLabel("next row"));
        code.Bind(function).Mov(R8, R4).Mov(R9, R5);
        for (var i = 0; i < _vectors.Parts.Count; i++) EmitRange(i);

        EmitZero(R1);
        code.Store(MemorySize.Double, R10, UpperAt, R1);
        var upper = code.BindNew("upper word");
        code.Load(MemorySize.Double, R7, R10, UpperAt).Lsh(R7, 3);
        EmitAnd(nextUpper);
        code.Store(MemorySize.Double, R10, UpperLeft, R1);
        var word = code.BindNew("word");
        code.Load(MemorySize.Double, R1, R10, UpperLeft).JumpIf(Condition.Equal, R1, 0, nextUpper);
        EmitLowest(R7);
        code.Store(MemorySize.Double, R10, UpperLeft, R1)
            .Load(MemorySize.Double, R1, R10, UpperAt).Lsh(R1, 6).Add(R7, R1).Store(MemorySize.Double, R10, Word, R7)
            .Add(R7, _vectors.Upper).Lsh(R7, 3);
        EmitAnd(nextWord);
        code.Store(MemorySize.Double, R10, Left, R1);
        var row = code.BindNew("row");
        code.Load(MemorySize.Double, R1, R10, Left).JumpIf(Condition.Equal, R1, 0, nextWord);
        EmitLowest(R7);
        code.Store(MemorySize.Double, R10, Left, R1)
            .Load(MemorySize.Double, R1, R10, Word).Lsh(R1, 6).Add(R7, R1).Lsh(R7, 2).Add(R7, family.Residue)
            .AddressSpaceCast(R7, R7, to: 0, from: 1).Load(MemorySize.Word, R1, R7);
        comparison.Emit(nextRow, end);
        code.Jump(end)
            .Bind(nextRow);
        EmitSame();
        code.MayGoto(end).Jump(row).Bind(nextWord);
        EmitSame();
        code.MayGoto(end).Jump(word).Bind(nextUpper);
        EmitSame();
        code.Load(MemorySize.Double, R1, R10, UpperAt).Add(R1, 1).Store(MemorySize.Double, R10, UpperAt, R1)
            .JumpIf(Condition.GreaterOrEqual, R1, _vectors.Upper, end).MayGoto(end).Jump(upper)
            .Bind(end).Mov(R0, R9).Exit();
    }

    /// <summary>A zero that the verifier does not know, so that what is added to it does not make states of their own.</summary>
    private void EmitZero(Register register) =>
        code.Load(MemorySize.Double, register, R8).Load(MemorySize.Double, R3, R8).Xor(register, R3);

    /// <summary>Finds the range of a part's value, and keeps where its bits are.</summary>
    private void EmitRange(int index)
    {
        var (part, placed) = (_vectors.Parts[index], family.Vectors[index]);
        code.Load(MemorySize.Double, R6, R8, (short)(8 * part.Part.Word));
        if (part.Part.Shift != 0) code.Rsh(R6, part.Part.Shift);
        if (part.Part.Bits + part.Part.Shift < 64) RecordComparison.EmitLow(code, R6, part.Part.Bits);
        if (part.Starts.Length == 0)
        {
            code.Mov(R7, R6);
            EmitBits(index);
            return;
        }
        EmitZero(R7);
        for (var step = part.Starts.Length / 2; step > 0; step /= 2)
        {
            var below = code.DefineLabel("below");
            code.Mov(R1, R7).Lsh(R1, 3).Add(R1, placed.Starts + 8 * step).AddressSpaceCast(R1, R1, to: 0, from: 1)
                .Load(MemorySize.Double, R2, R1)
                .JumpIf(Condition.Greater, R2, R6, below).Add(R7, step).Bind(below);
        }
        var within = code.DefineLabel("within");
        code.JumpIf(Condition.Less, R7, part.Ranges, within);
        EmitZero(R7);
        code.Add(R7, part.Ranges - 1).Bind(within);
        EmitBits(index);
    }

    /// <summary>Keeps where the bits of the range are whose number is R7.</summary>
    private void EmitBits(int index) => code
        .Mul(R7, 8 * (_vectors.Upper + _vectors.Words)).Add(R7, family.Vectors[index].Bits)
        .Store(MemorySize.Double, R8, BitsAt(index), R7);

    /// <summary>Where that stands: behind the key, in the caller's frame, since the frames of both have one limit.</summary>
    private short BitsAt(int index) => (short)(8 * (family.Family.Rows.Layout.Words + index));

    /// <summary>R1 becomes the word at R7 bytes that all parts have in common, and when it is zero it goes to a label.</summary>
    private void EmitAnd(Label none)
    {
        for (var i = 0; i < _vectors.Parts.Count; i++)
        {
            code.Load(MemorySize.Double, R2, R8, BitsAt(i)).Add(R2, R7).AddressSpaceCast(R2, R2, to: 0, from: 1)
                .Load(MemorySize.Double, i == 0 ? R1 : R3, R2);
            if (i > 0) code.And(R1, R3);
        }
        code.JumpIf(Condition.Equal, R1, 0, none);
    }

    /// <summary>
    /// The register becomes the number of the lowest bit of R1, which is cleared. Without a branch: in a loop the verifier walks each way.
    /// </summary>
    private void EmitLowest(Register number) => code
        .Mov(number, R1).Neg(number).And(number, R1).Xor(R1, number).LoadImm64(R3, ClassifierImage.BitMultiplier).Mul(number, R3)
        .Rsh(number, ClassifierImage.BitShift).Add(number, ClassifierImage.BitNumbers).AddressSpaceCast(number, number, to: 0, from: 1)
        .Load(MemorySize.Byte, number, number);

    /// <summary>Makes scratch registers alike on all ways to here, so that the verifier sees one state in a loop.</summary>
    private void EmitSame()
    {
        foreach (var register in (ReadOnlySpan<Register>)[R0, R1, R2, R3, R4]) code.Load(MemorySize.Double, register, R8);
    }
}
