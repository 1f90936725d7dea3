using Skep.Filter.Classify;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Emits the comparison of a packet's key with a record. R8 points at the key, R9 is the best row.</summary>
internal sealed class RecordComparison(Assembler code, ImageAccess access, RowList rows)
{
    private const short Record = -8, PageKey = -12;

    private readonly int _size = RecordLayout.BytesOf(rows);

    /// <summary>Falls through, with R9 the record whose number is in R1, when it is of an earlier rule and matches.</summary>
    /// <param name="not">Where it goes when the record does not match.</param>
    /// <param name="later">Where it goes when it is of a later rule.</param>
    internal void Emit(Label not, Label later)
    {
        code.Lsh(R1, RecordLayout.BlockShift).Store(MemorySize.Double, R10, Record, R1);
        access.EmitStored(Record, MemorySize.Double, _size, PageKey, not);

        // Its order is read once: it changes when the rule is deleted.
        code.Load(MemorySize.Word, R4, R0, RecordLayout.Order).Mov(R2, R9).Rsh(R2, 32).JumpIf(Condition.GreaterOrEqual, R4, R2, later);
        for (var word = 0; word < rows.Layout.Words; word++)
        {
            var at = (short)RecordLayout.WordAt(word);
            code.Load(MemorySize.Double, R1, R8, (short)(8 * word)).Load(MemorySize.Double, R2, R0, (short)(at + 8)).And(R1, R2)
                .Load(MemorySize.Double, R2, R0, at).JumpIf(Condition.NotEqual, R1, R2, not);
        }
        for (var i = 0; i < rows.Ranges.Count; i++) EmitRange(rows.Ranges[i], (short)RecordLayout.RangeAt(rows, i), not);
        code.Lsh(R4, 32).Load(MemorySize.Double, R9, R10, Record).Rsh(R9, RecordLayout.BlockShift).Or(R9, R4);
    }

    private void EmitRange(KeyRange range, short at, Label not)
    {
        var size = range.IsNarrow ? MemorySize.Word : MemorySize.Double;
        code.Load(MemorySize.Double, R1, R8, (short)(8 * range.Part.Word));
        if (range.Part.Shift != 0) code.Rsh(R1, range.Part.Shift);
        if (range.Part.Bits + range.Part.Shift < 64) EmitLow(code, R1, range.Part.Bits);
        code.Load(size, R2, R0, at);
        if (range.IsNarrow) code.Sub32(R1, R2).Load(size, R2, R0, (short)(at + 4)).JumpIf32(Condition.Greater, R1, R2, not);
        else code.Sub(R1, R2).Load(size, R2, R0, (short)(at + 8)).JumpIf(Condition.Greater, R1, R2, not);
    }

    /// <summary>Keeps the lowest bits of a register.</summary>
    internal static void EmitLow(Assembler code, Register register, int bits)
    {
        if (bits < 32) code.And(register, (1 << bits) - 1);
        else if (bits == 32) code.Mov32(register, register);
        else code.Lsh(register, 64 - bits).Rsh(register, 64 - bits);
    }
}
