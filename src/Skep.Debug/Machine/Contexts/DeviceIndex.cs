using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Contexts;

/// <summary><c>struct net_device</c>, of which translated code reads the index only.</summary>
internal sealed class DeviceIndex(Func<uint> index) : SpecialAccess
{
    public override ulong Load(long offset, int size) => size == sizeof(uint) ? index()
        : throw new MachineStopException(FaultKind.NotSimulated, $"it reads {size} bytes of a device");

    public override void Store(long offset, int size, ulong value) =>
        throw new MachineStopException(FaultKind.ReadOnly, "it writes a device");
}
