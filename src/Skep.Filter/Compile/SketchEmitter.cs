using System;
using Skep.Filter.Model;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>Emits what notes each packet in the sketches, before any rule may rewrite it.</summary>
internal sealed class SketchEmitter(Assembler code, FieldAccess fields, FilterPlan plan)
{
    private const short Fresh = Slots.Key + 16;
    private const int NoExist = 1;

    /// <summary>The fields that the walk has to read for it.</summary>
    internal static IEnumerable<Field> FieldsRead(Sketches sketches)
    {
        if (sketches.HasFlag(Sketches.Sources)) foreach (var field in (Field[])[Field.IpSaddr, Field.Ip6Saddr]) yield return field;
        if (sketches.HasFlag(Sketches.Ports)) foreach (var (_, _, field) in Transports) yield return field;
    }

    private static readonly (int Bit, int Protocol, Field Port)[] Transports =
        [(Presence.Tcp, 6, Field.TcpDport), (Presence.Udp, 17, Field.UdpDport), (Presence.Sctp, 132, Field.SctpDport)];

    internal void Emit()
    {
        if (plan.Sketches.HasFlag(Sketches.Sizes)) EmitSize();
        if (plan.Sketches.HasFlag(Sketches.Sources)) EmitSource();
        if (plan.Sketches.HasFlag(Sketches.Ports)) EmitPort();
    }

    private void EmitSize()
    {
        var found = code.DefineLabel("size class");
        code.Load(MemorySize.Word, R1, R10, Slots.Length + 4).Mov(R9, 0);
        for (var i = 0; i < SketchLayout.SizeStarts.Length; i++)
            code.JumpIf(Condition.Less, R1, SketchLayout.SizeStarts[i], found).Mov(R9, (i + 1) * (int)SketchLayout.CounterBytes);
        code.Bind(found);
        var missing = code.DefineLabel("no sizes");
        LookupSeen(missing);
        code.Add(R0, R9);
        CounterEmitter.Add(code, R0);
        code.Bind(missing);
    }

    private void EmitSource()
    {
        var (ip6, made, end) = (code.DefineLabel("IPv6 source"), code.DefineLabel("source"), code.DefineLabel("no source"));
        JumpUnless(Presence.Ip, ip6);
        fields.Load(R0, Field.IpSaddr);
        code.LoadImm64(R1, 0xffff_0000_0000).Or(R0, R1).Mov(R1, 0)
            .Store(MemorySize.Double, R10, Slots.Key, R1).Store(MemorySize.Double, R10, Slots.Key + 8, R0).Jump(made).Bind(ip6);
        JumpUnless(Presence.Ip6, end);
        fields.MakeKey([Field.Ip6Saddr]);
        code.Bind(made);
        Count(MapRole.Sources, SketchLayout.SourcesSeen, end);
        code.Bind(end);
    }

    private void EmitPort()
    {
        var (made, end) = (code.DefineLabel("port"), code.DefineLabel("no port"));
        foreach (var (bit, protocol, port) in Transports)
        {
            var other = code.DefineLabel("other transport");
            JumpUnless(bit, other);
            fields.Load(R0, port);
            code.Or(R0, protocol << 16).Store(MemorySize.Double, R10, Slots.Key, R0).Jump(made).Bind(other);
        }
        code.Jump(end).Bind(made);
        Count(MapRole.Ports, SketchLayout.PortsSeen, end);
        code.Bind(end);
    }

    private void JumpUnless(int bit, Label target) =>
        code.Mov(R1, Registers.Presence).And(R1, bit).JumpIf(Condition.Equal, R1, 0, target);

    /// <summary>Counts for the key, and among all that was observed.</summary>
    private void Count(MapRole role, int seen, Label end)
    {
        var known = code.DefineLabel("known");
        var counted = code.DefineLabel("counted");
        Lookup(role);
        code.JumpIf(Condition.NotEqual, R0, 0, known)
            .Mov(R1, 1).Store(MemorySize.Double, R10, Fresh, R1).Load(MemorySize.Word, R1, R10, Slots.Length + 4)
            .Store(MemorySize.Double, R10, Fresh + 8, R1)
            .LoadMapIndex(R1, plan.MapFor(role)).Mov(R2, R10).Add(R2, Slots.Key).Mov(R3, R10).Add(R3, Fresh).Mov(R4, NoExist)
            .Call(Helpers.MapUpdate)
            .JumpIf(Condition.Equal, R0, 0, counted);

        // Another CPU made it meanwhile, or there was no room: then it is among what was missed.
        Lookup(role);
        code.JumpIf(Condition.Equal, R0, 0, counted).Bind(known);
        CounterEmitter.Add(code, R0);
        code.Bind(counted);
        LookupSeen(end);
        code.Add(R0, seen);
        CounterEmitter.Add(code, R0);
    }

    private void Lookup(MapRole role) => code.LoadMapIndex(R1, plan.MapFor(role)).Mov(R2, R10).Add(R2, Slots.Key).Call(Helpers.MapLookup);

    // An array has its only key always; the verifier wants it tested. The key stands behind those of the hashes.
    private void LookupSeen(Label missing) => code
        .Mov(R1, 0).Store(MemorySize.Word, R10, Fresh, R1).LoadMapIndex(R1, plan.MapFor(MapRole.Seen)).Mov(R2, R10).Add(R2, Fresh)
        .Call(Helpers.MapLookup)
        .JumpIf(Condition.Equal, R0, 0, missing);
}
