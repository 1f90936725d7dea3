using System;
using Skep.Filter.Model;
using Skep.Isa;
using Skep.Packets.Values;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits lookups in the images of sets (<see cref="SetLayout"/>): each jumps to a label when the values are in the set, and falls through
/// when not. R8 is the image and R9 its header; the numbers of pages and what lives over a call stand in the room for keys.
/// </summary>
internal sealed class SetEmitter(Assembler code, FieldAccess fields, FilterPlan plan, VerifierWork work)
{
    private const short Place = Slots.Key;

    private const short Low = Slots.Key + 4, High = Slots.Key + 12, Middle = Slots.Key + 20, Steps = Slots.Key + 24, Now = Slots.Key + 32,
        Count = Slots.Key + 44;

    // A search that halves 2^27 records has as many steps.
    private const int MostSteps = 28;

    private readonly SetPages _pages = new(code);
    private Label _miss;
    private Label _timed;
    private Label _found;

    /// <summary>Finds the images of sets that several matches look into, so that a packet sees no change between two of them.</summary>
    internal void EmitKept(Label missing)
    {
        foreach (var set in plan.KeptImages)
        {
            EmitFind(set, missing);
            code.Store(MemorySize.Double, R10, Slots.Image(plan.KeptImage(set)), R0);
        }
    }

    /// <param name="names">The fields whose values are looked up.</param>
    /// <param name="set">The set.</param>
    /// <param name="hit">Where to go when they are in it.</param>
    /// <param name="counts">Whether the element counts the packet, if it counts.</param>
    internal void Emit(ValueList<Field> names, SetPlan set, Label hit, bool counts)
    {
        _miss = code.DefineLabel("not in the set");
        _timed = code.DefineLabel("until when");
        _found = set.Layout.IsCounted ? code.DefineLabel("where it counts") : hit;
        if (plan.KeptImage(set) is >= 0 and var kept)
        {
            code.Load(MemorySize.Double, R8, R10, Slots.Image(kept));
        }
        else
        {
            EmitFind(set, _miss);
            code.Mov(R8, R0);
        }
        if (set.Structure == SetStructure.Bitmap)
        {
            EmitBitmap(names[0], hit);
            code.Bind(_miss);
            return;
        }
        code.Store(MemorySize.Word, R10, SetPages.Number, 0);
        _pages.GoTo(_miss);
        code.Mov(R9, R0);
        if (set.Structure == SetStructure.Rows)
        {
            EmitRows(names, set.Layout);
        }
        else
        {
            EmitHash(names, set.Layout, _found);
            if (set.Structure == SetStructure.Ranges) EmitRanges(names[0], set.Layout, _found);
        }
        if (set.Layout.IsTimed)
        {
            // R2 is the end of the element's time.
            code.Jump(_miss).Bind(_timed).JumpIf(Condition.Equal, R2, 0, _found).Mov(R9, R2).Call(Helpers.KtimeGetNs)
                .JumpIf(Condition.Less, R0, R9, _found);
        }
        if (set.Layout.IsCounted)
        {
            code.Jump(_miss).Bind(_found).Load(MemorySize.Word, R1, R10, Place).JumpIf(Condition.Equal, R1, 0, _miss);
            if (counts) new ElementCountEmitter(code, plan).Emit(set, _pages, Place, hit);
            code.Jump(hit);
        }
        code.Bind(_miss);
    }

    /// <summary>R0 becomes the image.</summary>
    private void EmitFind(SetPlan set, Label missing) => code
        .Store(MemorySize.Word, R10, SetPages.Number, set.Number).LoadMapIndex(R1, plan.MapFor(MapRole.Sets))
        .Mov(R2, R10).Add(R2, SetPages.Number).Call(Helpers.MapLookup).JumpIf(Condition.Equal, R0, 0, missing);

    private void EmitBitmap(Field field, Label hit)
    {
        fields.Load(R1, field);
        code.Rsh(R1, SetLayout.PageShift + 3).Add(R1, 1);
        _pages.GoTo(R1, _miss);
        fields.Load(R1, field);
        code.Mov(R2, R1).Rsh(R2, 3).And(R2, SetLayout.PageBytes - 1).Add(R0, R2).Load(MemorySize.Byte, R2, R0).And(R1, 7).Rsh(R2, R1)
            .And(R2, 1).JumpIf(Condition.NotEqual, R2, 0, hit);
    }

    private void EmitHash(ValueList<Field> names, SetLayout layout, Label hit)
    {
        new SetTablesEmitter(code, fields, _pages, work).Emit(names, layout, Place, hit, _timed, _miss);
    }

    private void EmitRanges(Field field, SetLayout layout, Label hit)
    {
        var wide = Slots.IsWide(field);
        var size = layout.RecordBytesOf(layout.Types[0]);
        code.Load(MemorySize.Word, R1, R9, SetHeader.Records).JumpIf(Condition.Equal, R1, 0, _miss);
        if (SetEdges.IsFor(layout)) new SetWordsEmitter(code, fields, _pages, work).EmitEdges(field, hit, _miss);
        LoadValue(field, R3, R4);
        EmitOutside(R9, SetHeader.First, SetHeader.Last, 16, wide);

        // R3 is what the index goes by: the value, or the high half of one of 128 bits.
        code.Load(MemorySize.Double, R1, R9, (short)(wide ? SetHeader.First : SetHeader.First + 8)).Sub(R3, R1)
            .Load(MemorySize.Word, R1, R9, SetHeader.Shift).And(R1, 63).Rsh(R3, R1)
            .Mov(R1, R3).And(R1, SetLayout.PageBytes / 8 - 1).Lsh(R1, 3).Store(MemorySize.Word, R10, SetPages.Offset, R1)
            .Rsh(R3, SetLayout.PageShift - 3).Load(MemorySize.Word, R1, R9, SetHeader.IndexPage).Add(R1, R3);
        _pages.GoTo(R1, _miss);
        code.Load(MemorySize.Word, R1, R10, SetPages.Offset).And(R1, SetLayout.PageBytes - 8).Add(R0, R1)
            .Load(MemorySize.Word, R1, R0).Store(MemorySize.Word, R10, Low, R1)
            .Load(MemorySize.Word, R1, R0, 4).Store(MemorySize.Word, R10, High, R1)
            .Mov(R1, 0).Store(MemorySize.Double, R10, Steps, R1);
        EmitSearch(field, layout, size, wide);

        code.Load(MemorySize.Word, R1, R10, Low).Store(MemorySize.Word, R10, Middle, R1);
        GoToRecord(layout);
        LoadValue(field, R3, R4);
        EmitOutside(R0, 0, (short)size, size, wide);
        EmitPlace(layout);
        if (layout.IsTimed) code.Load(MemorySize.Double, R2, R0, (short)layout.RecordEnd).Jump(_timed);
        else code.Jump(hit);
    }

    /// <summary>Keeps the place where the record at R0 counts.</summary>
    private void EmitPlace(SetLayout layout)
    {
        if (layout.IsCounted) code.Load(MemorySize.Word, R2, R0, (short)layout.RecordPlace).Store(MemorySize.Word, R10, Place, R2);
    }

    /// <summary>Finds the last record between two that begins at or before the value.</summary>
    private void EmitSearch(Field field, SetLayout layout, int size, bool wide)
    {
        var (found, above, next) = (code.DefineLabel("found"), code.DefineLabel("begins above"), code.DefineLabel("halved"));
        var again = code.BindNew("halve");
        var start = code.Count;
        code.Load(MemorySize.Word, R1, R10, Low).Load(MemorySize.Word, R2, R10, High).JumpIf(Condition.GreaterOrEqual, R1, R2, found)
            .Add(R1, R2).Add(R1, 1).Rsh(R1, 1).Store(MemorySize.Word, R10, Middle, R1);
        GoToRecord(layout);
        LoadValue(field, R3, R4);
        EmitBelow(R0, 0, size, wide, above);
        code.Load(MemorySize.Word, R1, R10, Middle).Store(MemorySize.Word, R10, Low, R1).Jump(next)
            .Bind(above).Load(MemorySize.Word, R1, R10, Middle).Sub(R1, 1).Store(MemorySize.Word, R10, High, R1)
            .Bind(next).Load(MemorySize.Double, R1, R10, Steps).Add(R1, 1).Store(MemorySize.Double, R10, Steps, R1)
            .JumpIf(Condition.Less, R1, MostSteps, again).Bind(found);
        work.NoteLoop(start, MostSteps);
    }

    /// <summary>R0 becomes the record whose number stands in the frame.</summary>
    private void GoToRecord(SetLayout layout)
    {
        code.Load(MemorySize.Word, R1, R10, Middle).Rsh(R1, Log2(layout.RecordsPerPage)).Load(MemorySize.Word, R2, R9, SetHeader.RecordPage)
            .Add(R1, R2);
        _pages.GoTo(R1, _miss);
        code.Load(MemorySize.Word, R1, R10, Middle).And(R1, layout.RecordsPerPage - 1).Mul(R1, layout.RecordBytes).Add(R0, R1);
    }

    private void LoadValue(Field field, Register high, Register low)
    {
        if (!Slots.IsWide(field))
        {
            fields.Load(high, field);
            return;
        }
        fields.LoadHalf(high, field, isLow: false);
        fields.LoadHalf(low, field, isLow: true);
    }

    /// <summary>To the miss when the value in R3, R4 is below one limit or above the other.</summary>
    private void EmitOutside(Register at, short first, short last, int size, bool wide)
    {
        EmitBelow(at, first, size, wide, _miss);
        var inside = code.DefineLabel("not above");
        if (!wide)
        {
            LoadNarrow(R1, at, last, size);
            code.JumpIf(Condition.Greater, R3, R1, _miss);
            return;
        }
        code.Load(MemorySize.Double, R1, at, last).JumpIf(Condition.Greater, R3, R1, _miss).JumpIf(Condition.NotEqual, R3, R1, inside)
            .Load(MemorySize.Double, R1, at, (short)(last + 8)).JumpIf(Condition.Greater, R4, R1, _miss).Bind(inside);
    }

    /// <summary>Jumps when the value in R3, R4 is below a limit.</summary>
    private void EmitBelow(Register at, short limit, int size, bool wide, Label target)
    {
        if (!wide)
        {
            LoadNarrow(R1, at, limit, size);
            code.JumpIf(Condition.Less, R3, R1, target);
            return;
        }
        var not = code.DefineLabel("not below");
        code.Load(MemorySize.Double, R1, at, limit).JumpIf(Condition.Less, R3, R1, target).JumpIf(Condition.NotEqual, R3, R1, not)
            .Load(MemorySize.Double, R1, at, (short)(limit + 8)).JumpIf(Condition.Less, R4, R1, target).Bind(not);
    }

    // The low half stands behind the high one where a value has 16 bytes.
    private void LoadNarrow(Register into, Register at, short offset, int size) =>
        code.Load(size == 4 ? MemorySize.Word : MemorySize.Double, into, at, (short)(size == 16 ? offset + 8 : offset));

    private void EmitRows(ValueList<Field> names, SetLayout layout)
    {
        if (layout.IsTimed) code.Call(Helpers.KtimeGetNs).Store(MemorySize.Double, R10, Now, R0);
        code.Load(MemorySize.Word, R1, R9, SetHeader.Records).Store(MemorySize.Word, R10, Count, R1).Mov(R9, 0);
        var (next, on, page) = (code.DefineLabel("next row"), code.DefineLabel("a row"), code.DefineLabel("its page"));
        var row = code.BindNew("row");
        var start = code.Count;

        // The verifier falls through first: where that leaves the loop, or goes to the next row at once, it keeps one branch a row and not
        // all.
        code.Load(MemorySize.Word, R1, R10, Count).JumpIf(Condition.Less, R9, R1, on).Jump(_miss).Bind(on)
            .Mov(R1, R9).Rsh(R1, Log2(layout.RecordsPerPage)).Add(R1, 1).Store(MemorySize.Word, R10, SetPages.Number, R1);
        _pages.Find().JumpIf(Condition.NotEqual, R0, 0, page).Jump(_miss).Bind(page);
        code.Mov(R1, R9).And(R1, layout.RecordsPerPage - 1).Mul(R1, layout.RecordBytes).Add(R0, R1);
        EmitFirstHalf(names[0], next);
        short at = 0;
        for (var part = 0; part < names.Count; part++)
        {
            var size = layout.RecordBytesOf(layout.Types[part]);
            EmitPart(names[part], at, (short)(at + size), next);
            at += (short)(2 * size);
        }
        EmitPlace(layout);
        if (layout.IsTimed)
        {
            code.Load(MemorySize.Double, R2, R0, (short)layout.RecordEnd).JumpIf(Condition.Equal, R2, 0, _found)
                .Load(MemorySize.Double, R1, R10, Now).JumpIf(Condition.Less, R1, R2, _found);
        }
        else
        {
            code.Jump(_found);
        }
        code.Bind(next).Add(R9, 1).JumpIf(Condition.Less, R9, layout.Capacity, row).Jump(_miss);
        work.NoteLoop(start, layout.Capacity, branches: 2);
    }

    /// <summary>To the next row when the first field's leading 64 bits are below those of the record at R0.</summary>
    private void EmitFirstHalf(Field field, Label next)
    {
        var above = code.DefineLabel("not below");
        LoadValue(field, R3, R4);
        code.Load(MemorySize.Double, R1, R0).JumpIf(Condition.GreaterOrEqual, R3, R1, above).Jump(next).Bind(above);
    }

    /// <summary>Jumps to the next row when the field is not between two values of the record at R0.</summary>
    private void EmitPart(Field field, short low, short high, Label next)
    {
        var miss = _miss;
        _miss = next;
        LoadValue(field, R3, R4);
        EmitOutside(R0, low, high, Slots.IsWide(field) ? 16 : 8, Slots.IsWide(field));
        _miss = miss;
    }

    private static int Log2(int power) => System.Numerics.BitOperations.Log2((uint)power);
}
