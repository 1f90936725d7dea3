using Skep.Filter.Model;
using Skep.Isa;
using Skep.Packets.Values;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits lookups in the tables of a set (<see cref="SetTable"/>). R8 is the image and R9 its header. The two words of tags
/// that a key may be in are loaded without waiting for each other, and entries only where a tag is that of the key.
/// </summary>
internal sealed class SetTablesEmitter(Assembler code, FieldAccess fields, SetPages pages, VerifierWork work)
{
    private const ulong EachByte = 0x0101_0101_0101_0101, Low7 = 0x7f7f_7f7f_7f7f_7f7f;
    private const short Words = Slots.Key + 136, Page = Slots.Key + 140, Matches = Slots.Key + 144, Tries = Slots.Key + 152,
        Table = Slots.Key + 160, Start = Slots.Key + 104;

    /// <summary>Goes on behind itself when no table has the values.</summary>
    internal void Emit(ValueList<Field> names, SetLayout layout, short place, Label hit, Label timed, Label miss)
    {
        var (none, next, other) = (code.DefineLabel("no table"), code.DefineLabel("next table"), code.DefineLabel("another key"));
        var hasTables = layout.Structure == SetStructure.Ranges;
        if (hasTables) code.Store(MemorySize.Double, R10, Start, R9).Mov(R1, 0).Store(MemorySize.Double, R10, Table, R1);
        else EmitKey(names, layout);
        var again = code.BindNew("table");
        var start = code.Count;
        code.Load(MemorySize.Word, R5, R9, Header(SetTable.PagesAt)).JumpIf(Condition.Equal, R5, 0, none);
        if (SetQuotients.IsFor(layout))
        {
            var tags = code.DefineLabel("tags");
            code.Load(MemorySize.Word, R4, R9, Header(SetTable.BucketShiftAt)).JumpIf(Condition.Equal, R4, 0, tags);
            new SetWordsEmitter(code, fields, pages, work)
                .EmitQuotients(names[0], layout, SetHeader.Tables, hasTables ? SetTable.Most : 1, hit, next, miss);
            code.Bind(tags);
        }
        if (hasTables) EmitMasked(names[0], layout);
        EmitHash(layout);
        EmitTags(next, miss);

        var entry = code.BindNew("an entry");
        var inner = code.Count;
        EmitSlot(layout);
        _ = pages.Find().JumpIf(Condition.Equal, R0, 0, miss);
        EmitCompare(layout, hit, other);
        if (layout.IsCounted) code.Load(MemorySize.Word, R2, R1, (short)layout.EntryPlace).Store(MemorySize.Word, R10, place, R2);
        if (layout.IsTimed) code.Load(MemorySize.Double, R2, R1, (short)layout.EntryEnd).Jump(timed);
        else code.Jump(hit);
        code.Bind(other).Load(MemorySize.Double, R5, R10, Matches).JumpIf(Condition.Equal, R5, 0, next)
            .Load(MemorySize.Double, R1, R10, Tries).Add(R1, 1).Store(MemorySize.Double, R10, Tries, R1)
            .JumpIf(Condition.Less, R1, SetTable.MostTries, entry);
        var times = hasTables ? SetTable.Most : 1;
        work.NoteLoop(inner, 1 + times * (SetTable.MostTries - 1));
        code.Bind(next);
        if (hasTables)
        {
            code.Add(R9, SetTable.Bytes).Load(MemorySize.Double, R1, R10, Table).Add(R1, 1).Store(MemorySize.Double, R10, Table, R1)
                .JumpIf(Condition.Less, R1, SetTable.Most, again);
            work.NoteLoop(start, SetTable.Most);
        }
        code.Bind(none);
        if (hasTables) code.Load(MemorySize.Double, R9, R10, Start);
    }

    private static short Header(int at) => (short)(SetHeader.Tables + at);

    private void EmitKey(ValueList<Field> names, SetLayout layout)
    {
        if (names.Count == 1 && layout.KeyBytes <= 8)
        {
            fields.Load(R2, names[0]);
            code.Store(MemorySize.Double, R10, Slots.Key, R2);
            return;
        }
        var end = 0;
        for (var part = 0; part < names.Count; part++)
        {
            var at = layout.KeyOffsets[part];
            if (at > end) code.Store(MemorySize.Word, R10, (short)(Slots.Key + end), 0);
            end = at + SetLayout.BytesOf(layout.Types[part]);
            if (SetLayout.IsWide(layout.Types[part]))
            {
                fields.LoadHalf(R2, names[part], isLow: false);
                code.Store(MemorySize.Double, R10, (short)(Slots.Key + at), R2);
                fields.LoadHalf(R2, names[part], isLow: true);
                code.Store(MemorySize.Double, R10, (short)(Slots.Key + at + 8), R2);
                continue;
            }
            fields.Load(R2, names[part]);
            code.Store(SetLayout.BytesOf(layout.Types[part]) == 4 ? MemorySize.Word : MemorySize.Double, R10, (short)(Slots.Key + at), R2);
        }
        if (layout.KeyBytes > end) code.Store(MemorySize.Word, R10, (short)(Slots.Key + end), 0);
    }

    /// <summary>Makes the key of the bits that count in this table.</summary>
    private void EmitMasked(Field field, SetLayout layout)
    {
        if (!SetLayout.IsWide(layout.Types[0]))
        {
            fields.Load(R2, field);
            code.Load(MemorySize.Double, R3, R9, Header(SetTable.MaskHighAt)).And(R2, R3).Store(MemorySize.Double, R10, Slots.Key, R2);
            return;
        }
        fields.LoadHalf(R2, field, isLow: false);
        code.Load(MemorySize.Double, R3, R9, Header(SetTable.MaskHighAt)).And(R2, R3).Store(MemorySize.Double, R10, Slots.Key, R2);
        fields.LoadHalf(R2, field, isLow: true);
        code.Load(MemorySize.Double, R3, R9, Header(SetTable.MaskLowAt)).And(R2, R3).Store(MemorySize.Double, R10, Slots.Key + 8, R2);
    }

    /// <summary>Keeps the tag in each byte, the numbers of the words, and that of the page. R5 is the number of pages.</summary>
    private void EmitHash(SetLayout layout)
    {
        code.Load(MemorySize.Double, R1, R9, Header(SetTable.SeedAt)).LoadImm64(R3, SetHash.Multiplier);
        for (short word = 0; word < layout.KeyBytes; word += 8)
            code.Load(MemorySize.Double, R2, R10, (short)(Slots.Key + word)).Xor(R1, R2).Mul(R1, R3).Mov(R2, R1).Rsh(R2, SetHash.Mix)
                .Xor(R1, R2);
        code.LoadImm64(R3, SetHash.Last).Mul(R1, R3).Mov(R2, R1).Rsh(R2, SetHash.Mix).Xor(R1, R2)
            .Mul(R2, R5).Rsh(R2, 32).Store(MemorySize.Word, R10, Page, R2)
            .Load(MemorySize.Word, R3, R9, Header(SetTable.TagPageAt)).Add(R2, R3).Store(MemorySize.Word, R10, SetPages.Number, R2)
            .Mov(R3, R1).Rsh(R3, SetTable.TagShift).And(R3, SetTable.TagMask).Mul(R3, SetTable.Tags).Rsh(R3, SetTable.TagBits).Add(R3, 1)
            .LoadImm64(R4, EachByte).Mul(R3, R4).Store(MemorySize.Double, R10, Matches, R3)
            .Load(MemorySize.Word, R4, R9, Header(SetTable.WordMaskAt)).Mov(R2, R1).And(R2, R4)
            .Rsh(R1, SetTable.WordBits).And(R1, R4).Lsh(R1, 16).Or(R1, R2).Store(MemorySize.Word, R10, Words, R1);
    }

    /// <summary>Keeps a bit for each slot with the tag: bit 7 of a byte for one of the first word, bit 3 for one of the second.</summary>
    private void EmitTags(Label next, Label miss)
    {
        pages.GoTo(miss);
        code.Load(MemorySize.Word, R1, R10, Words).Mov(R2, R1).Rsh(R2, 16).And(R1, SetTable.WordMost).And(R2, SetTable.WordMost)
            .Lsh(R1, 3).Lsh(R2, 3).Mov(R3, R0).Add(R3, R1).Add(R0, R2)
            .Load(MemorySize.Double, R1, R3).Load(MemorySize.Double, R2, R0)
            .Load(MemorySize.Double, R3, R10, Matches).Xor(R1, R3).Xor(R2, R3).LoadImm64(R3, Low7)
            .Mov(R4, R1).And(R4, R3).Add(R4, R3).Or(R4, R1).Or(R4, R3).Xor(R4, -1)
            .Mov(R5, R2).And(R5, R3).Add(R5, R3).Or(R5, R2).Or(R5, R3).Xor(R5, -1)
            .Rsh(R5, 4).Or(R4, R5).JumpIf(Condition.Equal, R4, 0, next)
            .Store(MemorySize.Double, R10, Matches, R4).Mov(R1, 0).Store(MemorySize.Double, R10, Tries, R1);
    }

    /// <summary>Takes the lowest bit: the number of the page of its entry is kept, and where in it the entry is.</summary>
    private void EmitSlot(SetLayout layout)
    {
        EmitLowestBit(code, Matches);
        code.LoadImm64(R4, EachByte).Mov(R3, R2).Rsh(R3, 3).And(R3, R4).Mul(R3, R4).Rsh(R3, 56).Lsh(R3, 4)
            .Sub(R2, 1).And(R2, R4).Mul(R2, R4).Rsh(R2, 56).Sub(R2, 1)
            .Load(MemorySize.Word, R1, R10, Words).Rsh(R1, R3).And(R1, SetTable.WordMost).Lsh(R1, 3).Add(R1, R2)
            .Load(MemorySize.Word, R2, R10, Page).Lsh(R2, SetTable.SlotShift).Add(R1, R2);
        if (layout.HasHalfEntries) code.Load(MemorySize.Word, R2, R9, Header(SetTable.EntryShiftAt)).And(R2, 63).Lsh(R1, R2);
        else code.Lsh(R1, layout.EntryShiftOf(layout.Bits));
        code.Store(MemorySize.Word, R10, SetPages.Offset, R1).Rsh(R1, SetLayout.PageShift)
            .Load(MemorySize.Word, R2, R9, Header(SetTable.EntryPageAt)).Add(R1, R2).Store(MemorySize.Word, R10, SetPages.Number, R1);
    }

    /// <summary>R2 becomes the lowest bit of a number in the frame, which has it no longer.</summary>
    internal static void EmitLowestBit(Assembler code, short at) => code
        .Load(MemorySize.Double, R5, R10, at).Mov(R2, R5).Neg(R2).And(R2, R5).Xor(R5, R2).Store(MemorySize.Double, R10, at, R5);

    /// <summary>R1 becomes the entry in the page at R0, when its key is the one that is looked up.</summary>
    private void EmitCompare(SetLayout layout, Label hit, Label other)
    {
        var least = layout.HasHalfEntries ? SetLayout.HalfEntryShift : layout.EntryShiftOf(layout.Bits);
        code.Load(MemorySize.Word, R1, R10, SetPages.Offset).And(R1, SetLayout.PageBytes - (1 << least));
        if (layout.HasHalfEntries)
        {
            code.Mov(R2, R0).Add(R2, R1).Load(MemorySize.Double, R2, R2).Load(MemorySize.Double, R3, R10, Slots.Key)
                .JumpIf(Condition.NotEqual, R2, R3, other)
                .Load(MemorySize.Word, R2, R9, Header(SetTable.EntryShiftAt)).JumpIf(Condition.Equal, R2, SetLayout.HalfEntryShift, hit)
                .And(R1, SetLayout.PageBytes - 16).Add(R1, R0);
            CompareWord(layout, 8, other);
            return;
        }
        code.Add(R1, R0);
        for (short word = 0; word < layout.KeyBytes; word += 8) CompareWord(layout, word, other);
    }

    private void CompareWord(SetLayout layout, short word, Label other) => code
        .Load(layout.KeyBytes == 4 ? MemorySize.Word : MemorySize.Double, R2, R1, word)
        .Load(MemorySize.Double, R3, R10, (short)(Slots.Key + word)).JumpIf(Condition.NotEqual, R2, R3, other);
}
