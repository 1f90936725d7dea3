using Skep.Filter.Classify;
using Skep.Filter.Model;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits the search for the first rule of a list that a packet matches: predicates, then for each family of rows that the packet may match
/// its key, which stands in the room for keys of maps, and a probe of each table. R9 is the best row so far: its rule in the upper half,
/// its record in the lower.
/// </summary>
internal sealed class ClassifierEmitter(
    Assembler code, FieldAccess fields, FilterPlan plan, Slots slots, MatchEmitter matches, VerifierWork work, Label unreachable)
{
    private const ulong Ones = 0x0101010101010101, Highs = 0x8080808080808080, TagOnes = Ones >> 8;
    private const short Words = Slots.Key, Offset = Slots.Key + 128, PageKey = Slots.Key + 132;

    private readonly ImageAccess _access = new(code, plan);
    private readonly RuleOrder _order = plan.Order;
    private readonly List<(PlacedFamily Family, Label Probe, Label Scan, Label ScanAdded)> _functions = [];

    /// <summary>Emits it: R0 becomes the record that was found, and else it goes to a label.</summary>
    internal void Emit(Classifier classifier, ClassifierImage image, Label none)
    {
        EmitPredicates(classifier.Predicates);

        // A program has the arena that it names.
        if (plan.ClassifierMemory == ClassifierMemory.Arena) code.LoadMapIndex(R1, plan.MapFor(MapRole.Classifier));

        // Xored twice with a number that the verifier does not know: what it knows of the best row would make each comparison a state.
        code.LoadImm64(R9, 0xffffffff00000000).Load(MemorySize.Word, R0, Registers.Context, 12).Xor(R9, R0).Xor(R9, R0);
        var (end, families) = (code.DefineLabel("found"), classifier.Families);
        foreach (var family in families)
        {
            var (other, placed) = (code.DefineLabel("other packets"), image.Of(family));
            if (Families.Bit(family.Family) is not 0 and var bit)
                code.Mov(R1, Registers.Presence).And(R1, bit).JumpIf(Condition.Equal, R1, 0, other);
            EmitKey(family.Rows.Layout);
            EmitTables(placed);
            code.Bind(other);
        }
        code.Bind(end).Mov32(R2, R9).JumpIf(Condition.Equal, R2, 0, none).Lsh(R2, RecordLayout.BlockShift).Mov(R9, R2);
        _access.Emit(R9, 1 << RecordLayout.BlockShift, PageKey, unreachable);
    }

    private void EmitPredicates(IReadOnlyList<Match> predicates)
    {
        if (predicates.Count == 0) return;
        code.Load(MemorySize.Word, R0, Registers.Context, 12).Mov(R1, R0).Xor(R1, R0)
            .Store(MemorySize.Word, R10, (short)(slots.Predicates + 4), R1);
        for (var i = 0; i < predicates.Count; i++)
        {
            var no = code.DefineLabel($"not predicate {i}");
            matches.EmitHeaders(new(HeaderSet.BitsOf(predicates[i].Fields.Select(f => FieldInfo.Of(f).Header))), no);
            matches.Emit(predicates[i], no);
            code.Load(MemorySize.Word, R1, R10, (short)(slots.Predicates + 4)).Or(R1, 1 << i)
                .Store(MemorySize.Word, R10, (short)(slots.Predicates + 4), R1).Bind(no);
        }
    }

    private void EmitKey(KeyLayout layout)
    {
        for (var word = 0; word < layout.Words; word++)
        {
            var isFirst = true;
            foreach (var part in layout.Parts.Where(p => p.Word == word))
            {
                var into = isFirst ? R1 : R2;
                EmitPart(into, part);
                if (part.Shift != 0) code.Lsh(into, part.Shift);
                if (!isFirst) code.Or(R1, R2);
                isFirst = false;
            }
            if (isFirst) code.Mov(R1, 0);
            code.Store(MemorySize.Double, R10, (short)(Words + 8 * word), R1);
        }
    }

    private void EmitPart(Register into, KeyPart part)
    {
        switch (part.Source)
        {
            case KeySource.Presence:
                code.Mov(into, Registers.Presence).And(into, (int)(part.Mask >> part.Shift));
                break;
            case KeySource.Predicates:
                code.Load(MemorySize.Word, into, R10, (short)(slots.Predicates + 4));
                break;
            case KeySource.FieldHigh:
                fields.LoadHalf(into, part.Field, isLow: false);
                break;
            default:
                if (Slots.IsWide(part.Field)) fields.LoadHalf(into, part.Field, isLow: true);
                else fields.Load(into, part.Field);

                // What a header that the packet does not have would have filled is any number, and must not reach the parts above.
                if (part.Bits != 32 && part.Bits + part.Shift < 64) RecordComparison.EmitLow(code, into, part.Bits);
                break;
        }
    }

    private void EmitTables(PlacedFamily placed)
    {
        var functions = (Family: placed, Probe: code.DefineLabel("probe"), Scan: code.DefineLabel("scan"),
            ScanAdded: code.DefineLabel("scan added rows"));
        _functions.Add(functions);
        var (end, hits) = (code.DefineLabel("probed"), new List<(PlacedTable Table, Label Hit, Label Next)>());
        if (placed.Room is { } room) EmitAdded(room, functions.ScanAdded);
        for (var i = 0; i < placed.Tables.Count; i++)
        {
            hits.Add((placed.Tables[i], code.DefineLabel("tag"), code.DefineLabel("next table")));
            EmitProbe(placed.Tables[i], hits[^1].Hit);
            work.NoteProbe();
            code.Bind(hits[^1].Next);
        }
        if (placed.Family.Residue.Count > 0)
        {
            var first = _order.Of(placed.Family.Rows.RuleOf(placed.Family.Residue[0]));
            code.Mov(R1, R9).Rsh(R1, 32).JumpIf(Condition.Less, R1, first, end)
                .Mov(R1, placed.Residue).Mov(R2, placed.Family.Residue.Count).Mov(R4, R10).Add(R4, Words).Mov(R5, R9)
                .CallLocal(functions.Scan).Mov(R9, R0);
            work.NoteProbe();
        }
        code.Jump(end);
        for (var i = 0; i < hits.Count; i++)
        {
            var (table, hit, next) = hits[i];
            code.Bind(hit).Load(MemorySize.Word, R1, R10, Offset).Mov(R2, R1).Sub(R2, table.Tags).Lsh(R2, 2).Add(R2, table.Slots)
                .Mov(R3, R8).Mov(R4, R10).Add(R4, Words).Mov(R5, R9).CallLocal(functions.Probe).Mov(R9, R0);
            if (placed.Family.FirstRuleBehind(i) is { } rule) EmitContinue(placed.Room?.Firsts + 4 * i, _order.Of(rule), next);
            code.Jump(end);
        }
        code.Bind(end);
    }

    /// <summary>Goes to what is searched next unless the row that was found is before all that is there.</summary>
    /// <param name="at">Where the lowest order of that stands, which may change; null when it does not change.</param>
    /// <param name="first">That order as of now.</param>
    /// <param name="next">Where it is.</param>
    private void EmitContinue(int? at, int first, Label next)
    {
        if (at is not { } offset)
        {
            code.Rsh(R0, 32).JumpIf(Condition.GreaterOrEqual, R0, first, next);
            return;
        }
        code.Mov(R8, offset);
        _access.Emit(R8, 4, PageKey, unreachable);
        code.Load(MemorySize.Word, R1, R0).Mov(R2, R9).Rsh(R2, 32).JumpIf(Condition.GreaterOrEqual, R2, R1, next);
    }

    /// <summary>Compares the rows that were added and are in no table, when there are any.</summary>
    private void EmitAdded(UpdateRoom room, Label scan)
    {
        var none = code.DefineLabel("no added rows");
        code.Mov(R8, room.List);
        _access.Emit(R8, 4, PageKey, unreachable);
        code.Load(MemorySize.Word, R2, R0).JumpIf(Condition.Equal, R2, 0, none).Mov(R1, room.List + 4)
            .Mov(R4, R10).Add(R4, Words).Mov(R5, R9).CallLocal(scan).Mov(R9, R0).Bind(none);
        work.NoteProbe();
    }

    /// <summary>Goes to a label when a tag of the home bucket is that of the key, or the bucket runs over.</summary>
    private void EmitProbe(PlacedTable placed, Label hit)
    {
        var isFirst = true;
        for (var word = 0; word < placed.Table.Mask.Length; word++)
        {
            var mask = placed.Table.Mask[word];
            if (mask == 0) continue;
            var into = isFirst ? R1 : R2;
            code.Load(MemorySize.Double, into, R10, (short)(Words + 8 * word));
            EmitAnd(into, mask);
            code.LoadImm64(R3, KeyHash.MultiplierOf(word)).Mul(into, R3);
            if (!isFirst) code.Xor(R1, R2);
            isFirst = false;
        }
        if (isFirst) code.Mov(R1, 0);
        code.Mov(R2, R1).Rsh(R2, KeyHash.Mix).Xor(R1, R2).LoadImm64(R3, KeyHash.FinalMultiplier).Mul(R1, R3)
            .Mov(R8, R1).Rsh(R8, KeyHash.TagShift).And(R8, 0xff).LoadImm64(R3, TagOnes).Mul(R8, R3)
            .Rsh(R1, 64 - placed.Table.Bits).Lsh(R1, 3).Add(R1, placed.Tags).Store(MemorySize.Word, R10, Offset, R1);
        if (plan.ClassifierMemory == ClassifierMemory.Arena) _access.Emit(R1, 8, PageKey, unreachable);
        else _access.EmitStored(Offset, MemorySize.Word, 8, PageKey, unreachable);
        code.Load(MemorySize.Double, R1, R0);
        EmitZeroBytes();
        code.JumpIf(Condition.NotEqual, R1, 0, hit);
    }

    /// <summary>R1 becomes the upper bits of the bytes of R1 that are those of R8; some behind one that is may be among them.</summary>
    private void EmitZeroBytes() => code
        .Xor(R1, R8).Mov(R2, R1).LoadImm64(R3, Ones).Sub(R1, R3).Xor(R2, -1).And(R1, R2).LoadImm64(R3, Highs).And(R1, R3);

    private void EmitAnd(Register register, ulong mask)
    {
        if (mask == ulong.MaxValue) return;
        if ((long)mask is >= int.MinValue and <= int.MaxValue) code.And(register, (int)mask);
        else if (mask <= uint.MaxValue) code.And32(register, (int)mask);
        else code.LoadImm64(R3, mask).And(register, R3);
    }

    /// <summary>Emits the functions behind the program.</summary>
    internal void EmitFunctions()
    {
        foreach (var (family, probe, scan, scanAdded) in _functions)
            new RecordSearch(code, _access, family).Emit(probe, scan, scanAdded);
    }
}
