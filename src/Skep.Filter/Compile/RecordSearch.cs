using Skep.Filter.Classify;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits the functions that compare a packet's key with records: those of a bucket whose tags are the key's, and those of a list. Each
/// returns the best row: its rule in the upper half, its record in the lower.
/// </summary>
internal sealed class RecordSearch(Assembler code, ImageAccess access, PlacedFamily family)
{
    private readonly RecordComparison _comparison = new(code, access, family.Family.Rows);

    // What RecordComparison needs is above.
    private const short PageKey = -16, Tags = -24, Hits = -32, Steps = -40, Last = -48, Turns = -56, Slot = -64;

    // The upper bit of each byte that is a tag, and the numbers of those bytes, the last one's in the lowest byte.
    private const ulong Uppers = 0x0080808080808080, Lowers = 0x7f7f7f7f7f7f7f7f, Numbers = 0x0001020304050607;

    internal void Emit(Label probe, Label scan, Label scanAdded)
    {
        if (family.Tables.Count > 0) EmitProbe(probe);
        if (family.Room is not null) EmitScan(scanAdded, UpdateRoom.MostListed, inOrder: false);
        if (family.Family.Vectors is not null) new VectorSearch(code, family, _comparison).Emit(scan);
        else if (family.Family.Residue.Count > 0) EmitScan(scan, FamilyTables.MostResidue, inOrder: true);
    }

    /// <summary>
    /// R1 is the offset of the word of tags, R2 that of its slots, R3 the tags, R4 points at the key, R5 is the best row.
    /// </summary>
    private void EmitProbe(Label function)
    {
        var (end, next) = (code.DefineLabel("end of buckets"), code.DefineLabel("next bucket"));
        code.Bind(function).Mov(R6, R1).Mov(R7, R2).Store(MemorySize.Double, R10, Tags, R3).Mov(R8, R4).Mov(R9, R5)
            .Mov(R1, 0).Store(MemorySize.Double, R10, Steps, R1);
        var again = code.BindNew("bucket");
        access.Emit(R6, 8, PageKey, end);
        code.Load(MemorySize.Double, R1, R0).Mov(R3, R1).Rsh(R3, 56).Store(MemorySize.Double, R10, Last, R3)
            .Load(MemorySize.Double, R3, R10, Tags).Xor(R1, R3);
        EmitSlots(next);
        code.Bind(next).Load(MemorySize.Double, R1, R10, Last).JumpIf(Condition.NotEqual, R1, (int)TupleTable.GoesOn, end)
            .Add(R6, 8).Add(R7, 32).Load(MemorySize.Double, R1, R10, Steps).Add(R1, 1).Store(MemorySize.Double, R10, Steps, R1)
            .JumpIf(Condition.Less, R1, TupleTable.MostBuckets, again)
            .Bind(end).Mov(R0, R9).Exit();
    }

    /// <summary>
    /// Compares the records of the slots whose bytes in R1 are zero. The slots are found by arithmetic: which of them it is, no jump could
    /// foresee.
    /// </summary>
    private void EmitSlots(Label next)
    {
        var not = code.DefineLabel("not this slot");
        code.LoadImm64(R3, Lowers).Mov(R2, R1).And(R2, R3).Add(R2, R3).Or(R2, R1).LoadImm64(R3, Uppers).Xor(R2, -1).And(R2, R3)
            .JumpIf(Condition.Equal, R2, 0, next).Mov(R1, 0).Store(MemorySize.Double, R10, Turns, R1);
        var again = code.BindNew("slot");
        code.Mov(R1, R2).Neg(R1).And(R1, R2).Xor(R2, R1).Store(MemorySize.Double, R10, Hits, R2)
            .Rsh(R1, 7).LoadImm64(R3, Numbers).Mul(R1, R3).Rsh(R1, 56).Lsh(R1, 2).Add(R1, R7).Store(MemorySize.Double, R10, Slot, R1);
        access.EmitStored(Slot, MemorySize.Double, 4, PageKey, not);
        code.Load(MemorySize.Word, R1, R0);
        _comparison.Emit(not, not);
        code.Bind(not).Load(MemorySize.Double, R2, R10, Hits).JumpIf(Condition.Equal, R2, 0, next)
            .Load(MemorySize.Double, R1, R10, Turns).Add(R1, 1).Store(MemorySize.Double, R10, Turns, R1)
            .JumpIf(Condition.Less, R1, TupleTable.KeysPerBucket, again);
    }

    /// <summary>R1 is the offset of a list of numbers of records, R2 their count, R4 points at the key, R5 is the best row.</summary>
    /// <param name="function">Where the function is.</param>
    /// <param name="most">The most records of the list.</param>
    /// <param name="inOrder">Whether a record of a later rule ends the list.</param>
    private void EmitScan(Label function, int most, bool inOrder)
    {
        var (end, not) = (code.DefineLabel("end of list"), code.DefineLabel("not this record"));
        code.Bind(function).Mov(R6, R1).Store(MemorySize.Double, R10, Last, R2).Mov(R8, R4).Mov(R9, R5).Mov(R7, 0);
        var again = code.BindNew("record");
        access.Emit(R6, 4, PageKey, end);
        code.Load(MemorySize.Word, R1, R0);
        _comparison.Emit(not, inOrder ? end : not);
        if (inOrder) code.Jump(end);
        code.Bind(not).Add(R6, 4).Add(R7, 1).Load(MemorySize.Double, R1, R10, Last).JumpIf(Condition.GreaterOrEqual, R7, R1, end)
            .JumpIf(Condition.Less, R7, most, again).Bind(end).Mov(R0, R9).Exit();
    }
}
