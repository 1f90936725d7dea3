using System.Numerics;
using Skep.Filter.Model;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits lookups in words of four numbers (<see cref="SetQuotients"/>, <see cref="SetEdges"/>). R8 is the image and R9 its header.
/// </summary>
internal sealed class SetWordsEmitter(Assembler code, FieldAccess fields, SetPages pages, VerifierWork work)
{
    private const short Value = Slots.Key + 40, Count = Slots.Key + 44, Wanted = Slots.Key + 48, Header = Slots.Key + 56,
        Image = Slots.Key + 64;

    /// <summary>Goes on behind itself when the image has buckets.</summary>
    internal void EmitQuotients(Field field, Label hit, Label none, Label miss)
    {
        var buckets = code.DefineLabel("buckets");
        code.Load(MemorySize.Word, R4, R9, SetHeader.QuotientShift).JumpIf(Condition.Equal, R4, 0, buckets).And(R4, 31);
        fields.Load(R1, field);
        code.Load(MemorySize.Word, R2, R9, SetHeader.Seed).Xor32(R1, R2)
            .Mul32(R1, SetPermutation.First).Mov(R2, R1).Rsh(R2, SetPermutation.FirstShift).Xor(R1, R2)
            .Mul32(R1, SetPermutation.Second).Mov(R2, R1).Rsh(R2, SetPermutation.SecondShift).Xor(R1, R2)

            // What is kept of the value, four times.
            .Mov(R3, R1).And(R3, 0xffff).LoadImm64(R2, SetQuotients.EachSlot).Mul(R3, R2).Store(MemorySize.Double, R10, Wanted, R3)
            .Store(MemorySize.Double, R10, Header, R9)
            .Rsh(R1, R4).Mov(R2, R1).And(R2, SetQuotients.IndexPerPage - 1).Lsh(R2, 2).Store(MemorySize.Word, R10, SetPages.Offset, R2)
            .Rsh(R1, BitOperations.Log2(SetQuotients.IndexPerPage)).Add(R1, 1);
        pages.GoTo(R1, miss);
        code.Load(MemorySize.Word, R1, R10, SetPages.Offset).And(R1, SetLayout.PageBytes - 4).Add(R0, R1).Load(MemorySize.Word, R1, R0)
            .Mov(R2, R1).And(R2, SetQuotients.MostWords).JumpIf(Condition.Equal, R2, 0, none).Store(MemorySize.Word, R10, Count, R2)
            .Rsh(R1, SetQuotients.CountBits).Mov(R2, R1).And(R2, SetQuotients.WordsPerPage - 1).Lsh(R2, 3)
            .Store(MemorySize.Word, R10, SetPages.Offset, R2)
            .Rsh(R1, BitOperations.Log2(SetQuotients.WordsPerPage)).Load(MemorySize.Word, R2, R9, SetHeader.QuotientPage).Add(R1, R2);
        pages.GoTo(R1, miss);
        code.Load(MemorySize.Word, R4, R10, Count).And(R4, SetQuotients.MostWords).Load(MemorySize.Word, R5, R10, SetPages.Offset)
            .Load(MemorySize.Double, R3, R10, Wanted).LoadImm64(R9, SetQuotients.EachSlot)
            .Store(MemorySize.Double, R10, Image, R8).Mov(R8, 0);
        var word = code.BindNew("word");
        var start = code.Count;

        // A slot that is equal is zero after the exclusive or: (x - 1) & ~x has its highest bit then, and only then in the lowest such
        // slot. All words are looked at: a jump out of them would go either way as the data comes, and the processor could not go ahead of
        // it.
        code.And(R5, SetLayout.PageBytes - 8).Mov(R1, R0).Add(R1, R5).Load(MemorySize.Double, R2, R1).Xor(R2, R3)
            .Mov(R1, R2).Sub(R1, R9).Xor(R2, -1).And(R1, R2).Or(R8, R1)
            .Add(R5, 8).Sub(R4, 1).JumpIf(Condition.SignedGreater, R4, 0, word);
        work.NoteLoop(start, SetQuotients.MostWords);
        code.Lsh(R9, 15).And(R8, R9).JumpIf(Condition.NotEqual, R8, 0, hit)
            .Load(MemorySize.Double, R8, R10, Image).Load(MemorySize.Double, R9, R10, Header).Jump(none).Bind(buckets);
    }

    /// <summary>Goes on behind itself when the image has no edges.</summary>
    internal void EmitEdges(Field field, Label hit, Label miss)
    {
        var (none, bits) = (code.DefineLabel("no edges"), code.DefineLabel("bits"));
        code.Load(MemorySize.Word, R4, R9, SetHeader.EdgeIndexPage).JumpIf(Condition.Equal, R4, 0, none);
        fields.Load(R1, field);
        code.Mov(R3, R1).And(R3, SetEdges.LowMask).Store(MemorySize.Word, R10, Value, R3)
            .LoadImm64(R2, SetEdges.EachLane).Mul(R3, R2).LoadImm64(R2, SetEdges.Guards).Or(R3, R2)
            .Store(MemorySize.Double, R10, Wanted, R3)
            .Rsh(R1, SetEdges.LowBits).Mov(R2, R1).And(R2, SetEdges.IndexPerPage - 1).Lsh(R2, 2)
            .Store(MemorySize.Word, R10, SetPages.Offset, R2)
            .Rsh(R1, BitOperations.Log2(SetEdges.IndexPerPage)).Add(R1, R4);
        pages.GoTo(R1, miss);
        code.Load(MemorySize.Word, R1, R10, SetPages.Offset).And(R1, SetLayout.PageBytes - 4).Add(R0, R1).Load(MemorySize.Word, R1, R0)
            .Mov(R2, R1).And(R2, SetEdges.MostWords).Store(MemorySize.Word, R10, Count, R2)
            .Rsh(R1, SetEdges.CountBits).Mov(R2, R1).And(R2, SetEdges.WordsPerPage - 1).Lsh(R2, 3)
            .Store(MemorySize.Word, R10, SetPages.Offset, R2)
            .Rsh(R1, BitOperations.Log2(SetEdges.WordsPerPage)).Load(MemorySize.Word, R2, R9, SetHeader.EdgePage).Add(R1, R2);
        pages.GoTo(R1, miss);
        code.Load(MemorySize.Word, R4, R10, Count).And(R4, SetEdges.MostWords).Load(MemorySize.Word, R5, R10, SetPages.Offset)
            .JumpIf(Condition.Equal, R4, 0, bits).Load(MemorySize.Double, R3, R10, Wanted).Mov(R8, 0);
        var word = code.BindNew("word");
        var start = code.Count;

        // The bit above a number stays where the value is not below it: whether it does so an odd number of times is what counts.
        code.And(R5, SetLayout.PageBytes - 8).Mov(R1, R0).Add(R1, R5).Load(MemorySize.Double, R2, R1).Mov(R1, R3).Sub(R1, R2).Xor(R8, R1)
            .Add(R5, 8).Sub(R4, 1).JumpIf(Condition.SignedGreater, R4, 0, word);
        work.NoteLoop(start, SetEdges.MostWords);
        code.Mov(R1, R8).Rsh(R1, 32).Xor(R8, R1).Mov(R1, R8).Rsh(R1, 16).Xor(R8, R1).And(R8, 1 << SetEdges.LowBits)
            .JumpIf(Condition.NotEqual, R8, 0, hit).Jump(miss);

        code.Bind(bits).Load(MemorySize.Word, R1, R10, Value).Mov(R2, R1).Rsh(R2, 3).And(R2, SetEdges.LowMask >> 3).Add(R0, R2)
            .Load(MemorySize.Byte, R2, R0).And(R1, 7).Rsh(R2, R1).And(R2, 1).JumpIf(Condition.NotEqual, R2, 0, hit).Jump(miss).Bind(none);
    }
}
