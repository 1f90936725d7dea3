using Skep.Filter.Model;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Emits matches: each falls through when it matches, and jumps to the next rule when not.</summary>
internal sealed class MatchEmitter(Assembler code, FieldAccess fields, FilterPlan plan, ulong now)
{
    private readonly IntervalSearch _search = new(code, fields);

    /// <summary>Emits the test for the headers that a rule names.</summary>
    internal void EmitHeaders(IReadOnlySet<Header> headers, Label next)
    {
        var bits = 0;
        foreach (var header in headers) bits |= Presence.Of(header);
        var anyIp = headers.Contains(Header.Network) && (bits & (Presence.Ip | Presence.Ip6)) == 0;
        if (anyIp) code.Mov(R1, Registers.Presence).And(R1, Presence.Ip | Presence.Ip6).JumpIf(Condition.Equal, R1, 0, next);
        if (bits != 0) code.Mov(R1, Registers.Presence).And(R1, bits).JumpIf(Condition.NotEqual, R1, bits, next);
    }

    internal void Emit(Match match, Label next)
    {
        if (match is FlagsMatch flags)
        {
            fields.Load(R1, Field.TcpFlags);
            code.And(R1, flags.Mask).JumpIf(flags.Negated ? Condition.Equal : Condition.NotEqual, R1, flags.Value, next);
            return;
        }
        if (match is ValuesMatch { Negated: false, Elements: { Count: 1 } only } single)
        {
            for (var i = 0; i < only.Width; i++) _search.EmitRequired(single.Fields[i], only[0][i], next);
            return;
        }
        var hit = match.Negated ? next : code.DefineLabel("hit");
        if (match is ValuesMatch values) EmitValues(values.Fields, values.Elements, hit);
        else EmitSet(match.Fields, plan.SetNamed(((SetMatch)match).SetName), hit);
        if (!match.Negated) code.Jump(next).Bind(hit);
    }

    private void EmitValues(ValueList<Field> names, ElementList elements, Label hit)
    {
        if (elements.Width == 1)
        {
            _search.Emit(names[0], elements.Ranges, hit);
            return;
        }
        for (var row = 0; row < elements.Count; row++)
        {
            var miss = code.DefineLabel("next row");
            for (var i = 0; i < elements.Width; i++) _search.EmitRequired(names[i], elements[row][i], miss);
            code.Jump(hit).Bind(miss);
        }
    }

    private void EmitSet(ValueList<Field> names, SetPlan set, Label hit)
    {
        switch (set.Structure)
        {
            case SetStructure.Bitmap:
                EmitBitmap(names[0], plan.MapOf(set), hit);
                break;
            case SetStructure.Hash:
                fields.MakeKey(names);
                code.LoadMapIndex(R1, plan.MapOf(set)).Mov(R2, R10).Add(R2, Slots.Key);
                EmitLookup(set, hit);
                break;
            case SetStructure.PrefixTrie:
                EmitTrieKey(names[0], set.TrieBytes);
                code.LoadMapIndex(R1, plan.MapOf(set)).Mov(R2, R10).Add(R2, Slots.Key + 4);
                EmitLookup(set, hit);
                break;
            default:
                EmitRows(names, set, hit);
                break;
        }
    }

    private void EmitBitmap(Field field, int map, Label hit)
    {
        // The mask is what bounds the access for the verifier; a field of at most 16 bits passes it unchanged.
        fields.Load(R1, field);
        code.Mov(R2, R1).Rsh(R2, 3).And(R2, SetPlan.BitmapBytes - 1)
            .LoadMapIndexValue(R3, map, 0).Add(R3, R2).Load(MemorySize.Byte, R2, R3).And(R1, 7).Rsh(R2, R1)
            .And(R2, 1).JumpIf(Condition.NotEqual, R2, 0, hit);
    }

    private void EmitTrieKey(Field field, int bytes)
    {
        code.Store(MemorySize.Word, R10, Slots.Key + 4, bytes * 8);
        if (bytes == 16)
        {
            for (var i = 0; i < 2; i++)
            {
                fields.LoadHalf(R1, field, isLow: i == 1);
                code.ToBigEndian(R1, 64).Store(MemorySize.Double, R10, (short)(Slots.Key + 8 + 8 * i), R1);
            }
            return;
        }
        fields.Load(R1, field);
        code.Lsh(R1, 64 - 8 * bytes).ToBigEndian(R1, 64).Store(MemorySize.Double, R10, Slots.Key + 8, R1);
    }

    private void EmitLookup(SetPlan set, Label hit)
    {
        var miss = code.DefineLabel("not in the set");
        code.Call(Helpers.MapLookup);
        if (!set.RunsOut)
        {
            code.JumpIf(Condition.NotEqual, R0, 0, hit);
            return;
        }
        code.JumpIf(Condition.Equal, R0, 0, miss).Load(MemorySize.Double, R9, R0).JumpIf(Condition.Equal, R9, 0, hit)
            .Call(Helpers.KtimeGetNs).JumpIf(Condition.Less, R0, R9, hit).Bind(miss);
    }

    private void EmitRows(ValueList<Field> names, SetPlan set, Label hit)
    {
        if (set.RunsOut) code.Call(Helpers.KtimeGetNs).Mov(R9, R0);
        for (var row = 0; row < set.Elements.Count; row++)
        {
            var miss = code.DefineLabel("next row");
            for (var i = 0; i < names.Count; i++) _search.EmitRequired(names[i], set.Elements[row][i], miss);
            var end = SetContents.EndOf(set, row, now);
            if (end != 0) code.LoadImm64(R1, end).JumpIf(Condition.GreaterOrEqual, R9, R1, miss);
            code.Jump(hit).Bind(miss);
        }
    }
}
