using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;
using Skep.Packets.Headers;

namespace Skep.Debug.Machine;

/// <summary>The packet of a run as it is now, without metadata.</summary>
/// <param name="Address">The address of its first byte.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Start">What they begin with.</param>
public sealed record MachinePacket(ulong Address, byte[] Bytes, PacketStart Start);

/// <summary>The callers' registers, the stack and the packet. Reading changes nothing.</summary>
public sealed partial class BpfMachine
{
    /// <summary>What a register holds in a frame; null where it was not written, or is one that a call does not keep.</summary>
    /// <param name="number">The register, 0 to 10.</param>
    /// <param name="frame">The number in <see cref="Frames"/>.</param>
    public ulong? Register(int number, int frame)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)frame, (uint)_state.Depth, nameof(frame));
        if (frame == 0) return IsInitialized(number) ? Register(number) : null;
        ref readonly Frame callee = ref _state.Frames[_state.Depth - frame + 1];
        if (number == 10) return _state.FramePointer(_state.Depth - frame);
        if ((callee.Initialized & (1 << number)) == 0) return null;
        return number switch { 6 => callee.R6, 7 => callee.R7, 8 => callee.R8, 9 => callee.R9, _ => null };
    }

    /// <summary>Whether a byte was written: false for one of the stack that was not, since its function was called.</summary>
    public bool IsWritten(ulong address) => _state.Memory.TryLocate(address, 1, out Region region, out int index)
        && (region.Written is not { } written || written[index] != 0);

    /// <summary>The packet; null where programs of the type have none.</summary>
    public MachinePacket? PeekPacket() => _state.Context.Packet is { } packet
        ? new MachinePacket(packet.AddressOf(packet.Data), packet.Bytes.ToArray(),
            _state.Context is SkbContext { HasLinkHeader: false } ? PacketStart.Ip : PacketStart.Ethernet)
        : null;
}
