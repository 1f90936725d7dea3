using Skep.Linux.Kernel;

namespace Skep.Bpf;

/// <summary>What the kernel says of a map (<c>struct bpf_map_info</c>).</summary>
/// <param name="Id">The kernel's id, unique among live maps.</param>
/// <param name="Type">The type.</param>
/// <param name="Name">Up to 15 bytes; may be empty.</param>
/// <param name="KeySize">Bytes of a key.</param>
/// <param name="ValueSize">Bytes of a value, as given at creation: of one CPU's value for per-CPU maps.</param>
/// <param name="MaxEntries">Entries it can hold; bytes for a ring buffer.</param>
/// <param name="Flags"><c>BPF_F_*</c> of creation.</param>
/// <param name="Extra"><c>map_extra</c>: hash functions of a bloom filter, address of an arena.</param>
/// <param name="IfIndex">The device that it is offloaded to; 0 for none.</param>
/// <param name="NetnsDev">Device number of that device's network namespace.</param>
/// <param name="NetnsInode">Inode of that device's network namespace.</param>
/// <param name="BtfId">The BTF object that types it; 0 for none.</param>
/// <param name="BtfKeyTypeId">The key's type there; 0 for none.</param>
/// <param name="BtfValueTypeId">The value's type there; 0 for none.</param>
/// <param name="BtfVmlinuxValueTypeId">struct_ops: the value's type in the kernel's BTF.</param>
/// <param name="BtfVmlinuxId">struct_ops: the BTF object of that type.</param>
public sealed record BpfMapInfo(
    uint Id,
    BpfMapType Type,
    string Name,
    uint KeySize,
    uint ValueSize,
    uint MaxEntries,
    uint Flags,
    ulong Extra,
    uint IfIndex,
    ulong NetnsDev,
    ulong NetnsInode,
    uint BtfId,
    uint BtfKeyTypeId,
    uint BtfValueTypeId,
    uint BtfVmlinuxValueTypeId,
    uint BtfVmlinuxId)
{
    /// <summary>Whether each possible CPU has its own value.</summary>
    public bool IsPerCpu =>
        Type is BpfMapType.PercpuHash or BpfMapType.PercpuArray or BpfMapType.LruPercpuHash or BpfMapType.PercpuCgroupStorage;

    /// <summary>
    /// Bytes that a lookup fills and an update reads: <see cref="ValueSize"/>, or, for per-CPU maps, that rounded up to 8 times
    /// <see cref="PossibleCpus.Count"/> (<c>bpf_map_value_size</c> in kernel/bpf/syscall.c).
    /// </summary>
    public int UserValueSize => IsPerCpu ? checked(PerCpuStride * PossibleCpus.Count)
        : Type is BpfMapType.ProgArray or BpfMapType.PerfEventArray or BpfMapType.CgroupArray or BpfMapType.ArrayOfMaps
        or BpfMapType.HashOfMaps
            ? sizeof(uint) : checked((int)ValueSize);

    /// <summary>Bytes from one CPU's value to the next in a per-CPU map.</summary>
    public int PerCpuStride => checked((int)((ValueSize + 7) & ~7u));
}
