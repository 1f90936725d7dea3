using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Inventory.Objects;

/// <summary>A map, as it was when it was read.</summary>
/// <param name="Info">What the kernel says of it.</param>
/// <param name="Memlock">Bytes of kernel memory; null where the kernel does not tell.</param>
/// <param name="Frozen">Whether system calls may not write it; null where the kernel does not tell.</param>
/// <param name="OwnerProgramType">Of a program array: the type of the programs that it may hold; null before the first.</param>
/// <param name="OwnerJited">Of a program array: whether they are compiled.</param>
public sealed record MapEntry(BpfMapInfo Info, long? Memlock, bool? Frozen, BpfProgramType? OwnerProgramType, bool? OwnerJited)
{
    /// <summary>Reads a map.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static MapEntry Read(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        BpfMapInfo info = map.Info;
        DescriptorFields fields = map.ReadFields();
        bool array = info.Type == BpfMapType.ProgArray;
        return new MapEntry(
            info,
            fields.Number("memlock"u8),
            fields.Number("frozen"u8) is { } frozen ? frozen != 0 : null,
            array && fields.Number("owner_prog_type"u8) is { } type ? (BpfProgramType)type : null,
            array && fields.Number("owner_jited"u8) is { } jited ? jited != 0 : null);
    }
}
