using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Bench;

/// <summary>Writes one of many prepared headers into the packet before a filter decides.</summary>
internal static class HeaderFeed
{
    /// <summary>A source address, a destination port, and two bytes of nothing.</summary>
    internal const int Bytes = 8;

    internal static Subject Alone(byte[] headers)
    {
        var map = MapOf(headers);
        return new(Subject.Load([.. Code(0, headers.Length / Bytes), .. new Assembler().Mov(R0, 2).Exit().Build()], [map]), map);
    }

    internal static Subject Before(Subject filter, byte[] headers)
    {
        var map = MapOf(headers);
        var (code, maps) = (filter.Loaded!.Filter.Instructions, filter.Loaded.Maps);
        return new(Subject.Load([.. Code(maps.Count, headers.Length / Bytes), .. code], [.. maps, map]), map);
    }

    private static BpfMap MapOf(byte[] headers)
    {
        var map = BpfMap.Create(new(BpfMapType.Array, 4, (uint)headers.Length, 1));
        map.Update([0, 0, 0, 0], headers);
        return map;
    }

    /// <summary>A number in the packet's first bytes steps through all of them, a power of two, in a mixed order.</summary>
    private static Instruction[] Code(int map, int count)
    {
        var code = new Assembler();
        var end = code.DefineLabel("end");
        return code.Load(MemorySize.Word, R2, R1).Load(MemorySize.Word, R3, R1, 4).Mov(R4, R2).Add(R4, 42)
            .JumpIf(Condition.Greater, R4, R3, end)
            .Load(MemorySize.Word, R5, R2).Mul32(R5, 1664525).Add32(R5, 1013904223).And32(R5, count - 1)
            .Store(MemorySize.Word, R2, 0, R5).Lsh(R5, 3).LoadMapIndexValue(R4, map, 0).Add(R4, R5)
            .Load(MemorySize.Word, R5, R4).Store(MemorySize.Word, R2, 26, R5)
            .Load(MemorySize.Half, R5, R4, 4).Store(MemorySize.Half, R2, 36, R5).Bind(end).Build();
    }
}
