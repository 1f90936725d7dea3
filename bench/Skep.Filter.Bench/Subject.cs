using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Filter.Check;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Syntax;
using Skep.Isa;
using Skep.Packets.Building;
using static Skep.Isa.Register;

namespace Skep.Filter.Bench;

/// <summary>A loaded program to measure.</summary>
internal sealed class Subject(BpfProgram program, params IDisposable[] parts) : IDisposable
{
    // Where a packet's source address is, and of one of IPv6 the part behind the first 16 bits.
    private const int SourceAt = 26, Source6At = 24;

    /// <summary>Odd numbers: number N of 2^20 times one of them is the Nth address, all different; those of the two do not meet.</summary>
    internal const uint Inside = 0x9e3779b1, Outside = 0x85ebca6b;

    private const int MapLookup = 1;

    private static readonly byte[] s_packet = Build("udp 10.0.0.1:1000 > 10.0.0.2:53");
    private static readonly byte[] s_packet6 = Build("udp [2a0e::1]:1000 > [2a0e::2]:53");

    internal byte[] Packet { get; private init; } = s_packet;

    internal BpfProgram Program { get; } = program;

    /// <summary>The table, of <see cref="Of"/>.</summary>
    internal LoadedFilter? Loaded { get; private init; }

    internal static Subject Empty() => new(Load(new Assembler().Mov(R0, 2).Exit().Build(), []));

    /// <summary>A table; with a multiplier, other source addresses are put before it.</summary>
    internal static Subject Of(string rules, string feed = "", uint multiplier = 0, bool isIp6 = false)
    {
        var file = RuleFile.Read(new SourceText("bench", $"table bench {{\n{rules}\n}}\n"), _ => new FeedText(feed));
        var table =
            file.Table ?? throw new InvalidOperationException(string.Join('\n', file.Diagnostics.Select(DiagnosticFormatter.Format)));
        var compiled = FilterCompiler.Compile(new KernelPlanner().Plan(table), [.. Enumerable.Range(0, table.Rules.Count)]);
        var loaded = LoadedFilter.Load(compiled, "bench", LoadedFilter.Now, _ => 1);
        if (multiplier == 0) return new(loaded.Program, loaded) { Loaded = loaded };
        var code = NextAddress(multiplier, isIp6 ? Source6At : SourceAt);
        return new(Load([.. code, .. loaded.Filter.Instructions], loaded.Maps), loaded) { Packet = isIp6 ? s_packet6 : s_packet };
    }

    internal static Subject KernelHash(uint[] addresses)
    {
        var map = BpfMap.Create(new(BpfMapType.Hash, 4, 8, (uint)addresses.Length));
        map.UpdateBatch(
            MemoryMarshal.AsBytes(addresses.Select(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness).ToArray().AsSpan()),
            new byte[8 * addresses.Length]);
        var code = new Assembler();
        var end = code.DefineLabel("end");
        code.EmitAll(NextAddress(Inside, SourceAt)).Load(MemorySize.Word, R2, R1).Load(MemorySize.Word, R3, R1, 4).Mov(R4, R2).Add(R4, 34)
            .JumpIf(Condition.Greater, R4, R3, end)
            .Load(MemorySize.Word, R5, R2, 26).Store(MemorySize.Word, R10, -4, R5).LoadMapIndex(R1, 0).Mov(R2, R10).Add(R2, -4)
            .Call(MapLookup)
            .JumpIf(Condition.Equal, R0, 0, end).Load(MemorySize.Double, R0, R0).Bind(end).Mov(R0, 1).Exit();
        return new(Load(code.Build(), [map]), map);
    }

    public void Dispose()
    {
        Program.Dispose();
        foreach (var part in parts) part.Dispose();
    }

    /// <summary>
    /// Steps a counter that runs through 2^20 numbers in a mixed order, in the packet's first bytes, and puts its address into the packet.
    /// </summary>
    private static Instruction[] NextAddress(uint multiplier, int at)
    {
        var code = new Assembler();
        var end = code.DefineLabel("end");
        return code.Load(MemorySize.Word, R2, R1).Load(MemorySize.Word, R3, R1, 4).Mov(R4, R2).Add(R4, 34)
            .JumpIf(Condition.Greater, R4, R3, end)
            .Load(MemorySize.Word, R5, R2).Mul32(R5, 1664525).Add32(R5, 1013904223).And32(R5, (1 << 20) - 1)
            .Store(MemorySize.Word, R2, 0, R5)
            .Mul32(R5, unchecked((int)multiplier)).Store(MemorySize.Word, R2, (short)at, R5).Bind(end).Build();
    }

    internal static BpfProgram Load(Instruction[] code, IReadOnlyList<BpfMap> maps) => BpfProgram.Load(
        BpfProgramType.Xdp, MemoryMarshal.Cast<Instruction, ulong>(code),
        new() { Name = "bench", Maps = maps, ExpectedAttachType = BpfAttachType.Xdp });

    private static byte[] Build(string text) => PacketText.TryParse(text, out var spec, out var error)
        ? PacketBuilder.Build(spec)
        : throw new InvalidOperationException(error);
}
