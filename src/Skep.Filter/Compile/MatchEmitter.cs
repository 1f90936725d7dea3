using Skep.Filter.Model;
using Skep.Isa;
using Skep.Packets.Values;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Emits matches: each falls through when it matches, and jumps to the next rule when not.</summary>
internal sealed class MatchEmitter(Assembler code, FieldAccess fields, FilterPlan plan, VerifierWork work)
{
    private readonly IntervalSearch _search = new(code, fields);
    private readonly SetEmitter _sets = new(code, fields, plan, work);

    /// <summary>Emits what all rules' matches need.</summary>
    internal void EmitStart(Label missing) => _sets.EmitKept(missing);

    /// <summary>Emits the test for the headers that a rule names.</summary>
    internal void EmitHeaders(HeaderSet headers, Label next)
    {
        var (bits, anyIp) = Presence.Of(headers);
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
        else _sets.Emit(match.Fields, plan.SetNamed(((SetMatch)match).SetName), hit, counts: !match.Negated);
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
}
