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
        Image = Slots.Key + 64, Permuted = Slots.Key + 72, First = Slots.Key + 80, Matches = Slots.Key + 88, Tries = Slots.Key + 96;

    // A de Bruijn sequence: multiplied by a power of two, its leading 4 bits name the power.
    private const int Sequence = 0x09af;

    /// <summary>Looks into quotients, whose table R9 is at, with <paramref name="at"/> before it. R8 is lost when it goes on.</summary>
    /// <param name="field">The field.</param>
    /// <param name="layout">What the image is like.</param>
    /// <param name="at">Where the table is, from R9.</param>
    /// <param name="tables">How many tables a packet looks into.</param>
    /// <param name="hit">Where to go when the value is in the table.</param>
    /// <param name="next">Where to go when it is not.</param>
    /// <param name="miss">Where to go when there is no such page, which cannot be.</param>
    internal void EmitQuotients(Field field, SetLayout layout, int at, int tables, Label hit, Label next, Label miss)
    {
        short Of(int part) => (short)(at + part);
        EmitPermuted(field, layout, at);

        // 16 bits of it, four times.
        code.Mov(R3, R1);
        if (layout.HasHalfEntries)
            code.Store(MemorySize.Double, R10, Permuted, R1).Load(MemorySize.Word, R2, R9, Of(SetTable.RestBitsAt)).And(R2, 63).Rsh(R3, R2);
        code.And(R3, 0xffff).LoadImm64(R2, SetQuotients.EachSlot).Mul(R3, R2).Store(MemorySize.Double, R10, Wanted, R3)
            .Store(MemorySize.Double, R10, Header, R9).Store(MemorySize.Double, R10, Image, R8)
            .Load(MemorySize.Word, R2, R9, Of(SetTable.BucketShiftAt)).And(R2, 63).Rsh(R1, R2)
            .Mov(R2, R1).And(R2, SetQuotients.IndexPerPage - 1).Lsh(R2, 2).Store(MemorySize.Word, R10, SetPages.Offset, R2)
            .Rsh(R1, BitOperations.Log2(SetQuotients.IndexPerPage)).Load(MemorySize.Word, R2, R9, Of(SetTable.TagPageAt)).Add(R1, R2);
        pages.GoTo(R1, miss);
        code.Load(MemorySize.Word, R1, R10, SetPages.Offset).And(R1, SetLayout.PageBytes - 4).Add(R0, R1).Load(MemorySize.Word, R1, R0)
            .Mov(R2, R1).And(R2, SetQuotients.MostWords).JumpIf(Condition.Equal, R2, 0, next).Store(MemorySize.Word, R10, Count, R2)
            .Rsh(R1, SetQuotients.CountBits).Store(MemorySize.Word, R10, First, R1)
            .Mov(R2, R1).And(R2, SetQuotients.WordsPerPage - 1).Lsh(R2, 3).Store(MemorySize.Word, R10, SetPages.Offset, R2)
            .Rsh(R1, BitOperations.Log2(SetQuotients.WordsPerPage)).Load(MemorySize.Word, R2, R9, Of(SetTable.WordsPageAt)).Add(R1, R2);
        pages.GoTo(R1, miss);
        code.Load(MemorySize.Word, R4, R10, Count).And(R4, SetQuotients.MostWords).Load(MemorySize.Word, R5, R10, SetPages.Offset)
            .Load(MemorySize.Double, R3, R10, Wanted)
            .LoadImm64(R9, layout.HasHalfEntries ? SetQuotients.Low15 : SetQuotients.EachSlot).Mov(R8, 0);
        var word = code.BindNew("word");
        var start = code.Count;

        // All words are looked at: a jump out of them would go either way as the data comes, and the processor could not go ahead of it.
        code.And(R5, SetLayout.PageBytes - 8).Mov(R1, R0).Add(R1, R5).Load(MemorySize.Double, R2, R1).Xor(R2, R3).Mov(R1, R2);
        if (layout.HasHalfEntries)
        {
            // The highest bit of each number that is equal; those of word I of N are left I - N + 1 bits below.
            code.And(R1, R9).Add(R1, R9).Or(R1, R2).Or(R1, R9).Xor(R1, -1).Rsh(R8, 1).Or(R8, R1);
        }
        else
        {
            // A number that is equal is zero here: (x - 1) & ~x has its highest bit then, and only then in the lowest such number.
            code.Sub(R1, R9).Xor(R2, -1).And(R1, R2).Or(R8, R1);
        }
        code.Add(R5, 8).Sub(R4, 1).JumpIf(Condition.SignedGreater, R4, 0, word);
        work.NoteLoop(start, 1 + tables * (SetQuotients.MostWords - 1));
        if (!layout.HasHalfEntries)
        {
            code.Lsh(R9, 15).And(R8, R9).JumpIf(Condition.NotEqual, R8, 0, hit)
                .Load(MemorySize.Double, R8, R10, Image).Load(MemorySize.Double, R9, R10, Header).Jump(next);
            return;
        }
        code.Mov(R1, R8).Load(MemorySize.Double, R8, R10, Image).Load(MemorySize.Double, R9, R10, Header)
            .JumpIf(Condition.Equal, R1, 0, next);
        EmitRests(at, tables, hit, next, miss);
    }

    /// <summary>R1 becomes the permuted prefix.</summary>
    private void EmitPermuted(Field field, SetLayout layout, int at)
    {
        short Of(int part) => (short)(at + part);
        if (!layout.HasHalfEntries)
        {
            fields.Load(R1, field);
            if (layout.Structure == SetStructure.Ranges) code.Load(MemorySize.Double, R2, R9, Of(SetTable.MaskHighAt)).And(R1, R2);
            code.Load(MemorySize.Double, R2, R9, Of(SetTable.SeedAt)).Xor(R1, R2);
            foreach (var multiplier in (ReadOnlySpan<ulong>)[SetPermutation.First, SetPermutation.Second])
                code.Mul32(R1, unchecked((int)multiplier)).Mov(R2, R1).Rsh(R2, 16).Xor(R1, R2);
            return;
        }
        fields.LoadHalf(R1, field, isLow: false);
        code.Load(MemorySize.Word, R2, R9, Of(SetTable.KeyShiftAt)).And(R2, 63).Rsh(R1, R2)
            .Load(MemorySize.Double, R2, R9, Of(SetTable.SeedAt)).Xor(R1, R2)
            .Load(MemorySize.Double, R4, R9, Of(SetTable.KeyMaskAt)).Load(MemorySize.Word, R5, R9, Of(SetTable.HalfAt)).And(R5, 63);
        foreach (var multiplier in (ReadOnlySpan<ulong>)[SetPermutation.First, SetPermutation.Second])
            code.LoadImm64(R2, multiplier).Mul(R1, R2).And(R1, R4).Mov(R2, R1).Rsh(R2, R5).Xor(R1, R2);
    }

    /// <summary>Compares what is left of the numbers whose bits are in R1.</summary>
    private void EmitRests(int at, int tables, Label hit, Label next, Label miss)
    {
        short Of(int part) => (short)(at + part);
        code.Store(MemorySize.Double, R10, Matches, R1).Mov(R1, 0).Store(MemorySize.Double, R10, Tries, R1);
        var again = code.BindNew("a rest");
        var start = code.Count;

        // The lowest bit: the numbers of a word that are before it, and how far it is left in its number.
        SetTablesEmitter.EmitLowestBit(code, Matches);
        code.LoadImm64(R4, SetQuotients.EachSlot).Mov(R3, R2).Sub(R3, 1).And(R3, R4).Mul(R3, R4).Rsh(R3, 48).Sub(R3, 1)
            .Mov(R1, R3).Lsh(R1, 4).Rsh(R2, R1).Mul(R2, Sequence).And(R2, 0xffff).Rsh(R2, 12).Lsh(R2, 2)
            .LoadImm64(R1, Powers()).Rsh(R1, R2).And(R1, 15)
            .Load(MemorySize.Word, R2, R10, Count).Add(R1, R2).Sub(R1, 16).Load(MemorySize.Word, R2, R10, First).Add(R1, R2)
            .Lsh(R1, 2).Add(R1, R3).Load(MemorySize.Word, R2, R9, Of(SetTable.EntryShiftAt)).And(R2, 63).Lsh(R1, R2)
            .Store(MemorySize.Word, R10, SetPages.Offset, R1).Rsh(R1, SetLayout.PageShift)
            .Load(MemorySize.Word, R2, R9, Of(SetTable.EntryPageAt)).Add(R1, R2);
        pages.GoTo(R1, miss);
        code.Load(MemorySize.Word, R1, R10, SetPages.Offset).Mov(R2, R1).And(R2, 7).Lsh(R2, 3).And(R1, SetLayout.PageBytes - 8).Add(R0, R1)
            .Load(MemorySize.Double, R1, R0).Rsh(R1, R2).Load(MemorySize.Double, R2, R10, Permuted).Xor(R1, R2)
            .Load(MemorySize.Word, R2, R9, Of(SetTable.RestLeftAt)).And(R2, 63).Lsh(R1, R2).JumpIf(Condition.Equal, R1, 0, hit)
            .Load(MemorySize.Double, R5, R10, Matches).JumpIf(Condition.Equal, R5, 0, next)
            .Load(MemorySize.Double, R1, R10, Tries).Add(R1, 1).Store(MemorySize.Double, R10, Tries, R1)
            .JumpIf(Condition.Less, R1, SetQuotients.MostSame, again).Jump(next);
        work.NoteLoop(start, 1 + tables * (SetQuotients.MostSame - 1));
    }

    private static ulong Powers()
    {
        ulong powers = 0;
        for (var power = 0; power < 16; power++) powers |= (ulong)power << (4 * ((Sequence << power & 0xffff) >> 12));
        return powers;
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
