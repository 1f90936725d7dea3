using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Isa;
using Skep.Linux.Errors;
using Skep.Packets.Building;
using static Skep.Isa.Register;

namespace Skep.Filter.Bench;

/// <summary>
/// Writes one of many prepared headers into the packet and calls a filter, of whatever origin, by a tail call.
/// </summary>
internal static class HeaderFeed
{
    /// <summary>Source, destination, source port, destination port, protocol, and three bytes of nothing.</summary>
    internal const int Bytes = 16;

    private const int TailCall = 12;

    // Where a packet has them.
    private const short ProtocolAt = 23, SourceAt = 26, DestinationAt = 30, PortsAt = 34, OffsetOfDataAt = 46, Least = 54;

    private static readonly (BpfAttachType Attach, ProgramLoadFlags Flags)[] s_kinds =
    [
        (BpfAttachType.Xdp, ProgramLoadFlags.None), (BpfAttachType.Xdp, ProgramLoadFlags.XdpHasFrags),
        (default, ProgramLoadFlags.None), (default, ProgramLoadFlags.XdpHasFrags),
    ];

    /// <summary>The packet that is written into: long enough for TCP, whose data offset it has.</summary>
    internal static byte[] Packet(ReadOnlySpan<byte> header)
    {
        var packet = PacketBuilder.Build(new() { PayloadLength = 32 });
        packet[OffsetOfDataAt] = 0x50;
        packet[ProtocolAt] = header[12];
        header[..12].CopyTo(packet.AsSpan(SourceAt));
        return packet;
    }

    internal static void Write(Span<byte> header, byte protocol, uint source, uint destination, ushort sport, ushort dport)
    {
        BinaryPrimitives.WriteUInt32BigEndian(header, source);
        BinaryPrimitives.WriteUInt32BigEndian(header[4..], destination);
        BinaryPrimitives.WriteUInt16BigEndian(header[8..], sport);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], dport);
        header[12] = protocol;
    }

    /// <summary>A feed of headers, a power of two, before a filter.</summary>
    internal static Subject Before(BpfProgram filter, byte[] headers)
    {
        var map = BpfMap.Create(new(BpfMapType.Array, 4, (uint)headers.Length, 1));
        map.Update([0, 0, 0, 0], headers);
        KernelException? refusal = null;
        foreach (var (attach, flags) in s_kinds)
        {
            // Programs that are called must be of the caller's kind, which the kernel does not tell.
            var programs = BpfMap.Create(new(BpfMapType.ProgArray, 4, 4, 1));
            var feed = BpfProgram.Load(
                BpfProgramType.Xdp, MemoryMarshal.Cast<Instruction, ulong>(Code(headers.Length / Bytes)),
                new() { Name = "bench_feed", Maps = [map, programs], ExpectedAttachType = attach, Flags = flags });
            try
            {
                programs.Update([0, 0, 0, 0], filter);
                return new(feed, map, programs);
            }
            catch (KernelException e) when (e.Error.Name is "EINVAL" or "EBUSY")
            {
                refusal = e;
                feed.Dispose();
                programs.Dispose();
            }
        }
        map.Dispose();
        throw refusal!;
    }

    /// <summary>
    /// A number in the packet's first bytes steps through the headers in their order, which the processor loads ahead. A call that fails
    /// aborts.
    /// </summary>
    private static Instruction[] Code(int count)
    {
        var code = new Assembler();
        var end = code.DefineLabel("end");
        return code.Load(MemorySize.Word, R2, R1).Load(MemorySize.Word, R3, R1, 4).Mov(R4, R2).Add(R4, Least)
            .JumpIf(Condition.Greater, R4, R3, end)
            .Load(MemorySize.Word, R5, R2).Add32(R5, 1).And32(R5, count - 1).Store(MemorySize.Word, R2, 0, R5)
            .Lsh(R5, 4).LoadMapIndexValue(R4, 0, 0).Add(R4, R5)
            .Load(MemorySize.Word, R5, R4).Store(MemorySize.Word, R2, SourceAt, R5)
            .Load(MemorySize.Word, R5, R4, 4).Store(MemorySize.Word, R2, DestinationAt, R5)
            .Load(MemorySize.Word, R5, R4, 8).Store(MemorySize.Word, R2, PortsAt, R5)
            .Load(MemorySize.Byte, R5, R4, 12).Store(MemorySize.Byte, R2, ProtocolAt, R5)
            .LoadMapIndex(R2, 1).Mov(R3, 0).Call(TailCall).Bind(end).Mov(R0, 0).Exit().Build();
    }
}
