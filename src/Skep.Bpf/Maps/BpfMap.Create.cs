using System.Runtime.InteropServices;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

public sealed unsafe partial class BpfMap
{
    /// <summary>Creates a map.</summary>
    /// <exception cref="NotSupportedByKernelException">The kernel does not know the type.</exception>
    /// <exception cref="BpfException">The kernel refused the sizes or flags, or has no memory for it.</exception>
    public static BpfMap Create(BpfMapSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        int result = TryCreate(spec);
        if (result >= 0) return new BpfMap(result);
        string name = spec.Name.Length == 0 ? "" : " " + spec.Name;
        string what = $"create {spec.Type.Name()} map{name} (key {spec.KeySize}, value {spec.ValueSize}, {spec.MaxEntries} entries)";
        if (result == -Errno.EINVAL && KernelFeatures.Has(spec.Type) == Support.No)
            throw new NotSupportedByKernelException(what, new Errno(-result), $"maps of type {spec.Type.Name()}",
                FirstKernel.Of(spec.Type));
        throw new BpfException(what, new Errno(-result));
    }

    /// <returns>A descriptor, or the negative error number.</returns>
    private static int TryCreate(BpfMapSpec spec)
    {
        using var inner = new FdUse(spec.InnerMap);
        using var btf = new FdUse(spec.Btf);
        var attr = new MapCreateAttr
        {
            map_type = (uint)spec.Type,
            key_size = spec.KeySize,
            value_size = spec.ValueSize,
            max_entries = spec.MaxEntries,
            map_flags = (uint)spec.Flags,
            numa_node = spec.NumaNode,
            map_name = ObjectName.From(spec.Name),
            map_ifindex = spec.IfIndex,
            map_extra = spec.Extra,
        };
        if (spec.InnerMap is not null) attr.inner_map_fd = (uint)inner.Number;
        if (spec.Btf is not null)
        {
            attr.btf_fd = (uint)btf.Number;
            attr.btf_key_type_id = spec.BtfKeyTypeId;
            attr.btf_value_type_id = spec.BtfValueTypeId;
        }

        return MapCreation.Create(ref attr);
    }

    /// <summary>
    /// Maps the values of an array with <see cref="MapFlags.Mappable"/> (as libbpf makes the variable sections) into memory.
    /// </summary>
    /// <param name="writable">Whether they can be written too.</param>
    /// <exception cref="BpfException">The map is of another kind, or frozen and to be written.</exception>
    public BpfMapMemory MapValues(bool writable)
    {
        BpfMapInfo info = Info;
        long length = (long)info.MaxEntries * ((info.ValueSize + 7) & ~7L);
        long rounded = (length + Environment.SystemPageSize - 1) / Environment.SystemPageSize * Environment.SystemPageSize;
        using FdUse use = Use();
        nint address = Libc.mmap(
            0, (nuint)rounded, writable ? Libc.PROT_READ | Libc.PROT_WRITE : Libc.PROT_READ, Libc.MAP_SHARED, use.Number, 0);
        if (address == Libc.MapFailed)
            throw new BpfException($"map the values of {Describe()}", new Errno(Marshal.GetLastPInvokeError()),
                "create it as an array with MapFlags.Mappable");
        return new BpfMapMemory(address, checked((int)length), (nuint)rounded, writable);
    }
}
