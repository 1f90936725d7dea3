using System.Runtime.InteropServices;
using Skep.Filter.Compile;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Log;

/// <summary>A record as a program wrote it (<see cref="LogLayout"/>).</summary>
/// <param name="Time">Nanoseconds of CLOCK_BOOTTIME.</param>
/// <param name="Rule">The rule's key.</param>
/// <param name="IfIndex">The device.</param>
/// <param name="Queue">Its receive queue.</param>
/// <param name="Length">The packet's bytes.</param>
/// <param name="Start">What it begins with.</param>
/// <param name="Bytes">The first of them.</param>
internal sealed record LogRecord(ulong Time, ulong Rule, uint IfIndex, uint Queue, int Length, PacketStart Start, byte[] Bytes)
{
    /// <summary>Reads a record.</summary>
    internal static LogRecord Read(ReadOnlySpan<byte> bytes) => new(
        MemoryMarshal.Read<ulong>(bytes[LogLayout.Time..]),
        MemoryMarshal.Read<ulong>(bytes[LogLayout.Rule..]),
        MemoryMarshal.Read<uint>(bytes[LogLayout.IfIndex..]),
        MemoryMarshal.Read<uint>(bytes[LogLayout.Queue..]),
        MemoryMarshal.Read<int>(bytes[LogLayout.Length..]),
        (PacketStart)MemoryMarshal.Read<int>(bytes[LogLayout.Start..]),
        bytes.Slice(LogLayout.Packet, MemoryMarshal.Read<int>(bytes[LogLayout.Captured..])).ToArray());
}
