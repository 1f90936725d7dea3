using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>Creates the smallest valid map of a type. A kernel without the type answers EINVAL.</summary>
internal static unsafe class MapTypeProbe
{
    private static uint Page => (uint)Environment.SystemPageSize;

    internal static Support Try(BpfMapType type)
    {
        if (type == BpfMapType.StructOps) return TryStructOps();
        BpfBtf? btf = null;
        int inner = -1;
        try
        {
            MapCreateAttr attr = Smallest(type);
            if (IsLocalStorage(type))
            {
                // What local storage wants its key to be.
                var types = new BtfBuilder();
                uint integer = types.AddInt("int");
                btf = BpfBtf.Load(types.Build());
                using var use = new FdUse(btf);
                (attr.btf_fd, attr.btf_key_type_id, attr.btf_value_type_id) = ((uint)use.Number, integer, integer);
                return Try(ref attr);
            }

            if (type is not (BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps)) return Try(ref attr);
            MapCreateAttr hash = New(BpfMapType.Hash, 4, 4, 1);
            inner = MapCreation.Create(ref hash);
            if (inner < 0) return Support.Unknown;
            attr.inner_map_fd = (uint)inner;
            return Try(ref attr);
        }
        catch (KernelException)
        {
            return Support.Unknown;
        }
        finally
        {
            btf?.Dispose();
            if (inner >= 0) _ = Libc.close(inner);
        }
    }

    private static Support Try(ref MapCreateAttr attr)
    {
        int result = MapCreation.Create(ref attr);
        if (result >= 0) _ = Libc.close(result);
        return result >= 0 ? Support.Yes : result == -Errno.EINVAL ? Support.No : Support.Unknown;
    }

    // BTF type 1 is no struct_ops value: ENOTSUPP from a kernel that has the map type (bpf_struct_ops_map_alloc).
    private static Support TryStructOps()
    {
        var attr = new MapCreateAttr
        {
            map_type = (uint)BpfMapType.StructOps, key_size = 4, value_size = 4, max_entries = 1, btf_vmlinux_value_type_id = 1,
        };
        int result = BpfSyscall.Call(BpfCommand.MapCreate, ref attr);
        if (result >= 0) _ = Libc.close(result);
        return result switch
        {
            >= 0 or -Errno.NotSupported => Support.Yes,
            -Errno.EINVAL => Support.No,
            _ => Support.Unknown,
        };
    }

    private static MapCreateAttr New(BpfMapType type, uint key, uint value, uint entries, MapFlags flags = MapFlags.None) => new()
    {
        map_type = (uint)type, key_size = key, value_size = value, max_entries = entries, map_flags = (uint)flags,
    };

    private static MapCreateAttr Smallest(BpfMapType type) => type switch
    {
        BpfMapType.StackTrace => New(type, 4, 8, 1),
        BpfMapType.LpmTrie => New(type, 8, 8, 1, MapFlags.NoPreallocation),
        BpfMapType.CgroupStorage or BpfMapType.PercpuCgroupStorage => New(type, 16, 8, 0),
        BpfMapType.Queue or BpfMapType.Stack or BpfMapType.BloomFilter => New(type, 0, 4, 1),
        BpfMapType.Ringbuf or BpfMapType.UserRingbuf => New(type, 0, 0, Page),
        BpfMapType.Arena => New(type, 0, 0, 1, MapFlags.Mappable),
        // The value is struct bpf_insn_array_value.
        BpfMapType.InsnArray => New(type, 4, 16, 1),
        BpfMapType.Rhash => New(type, 4, 4, 1, MapFlags.NoPreallocation),
        _ when IsLocalStorage(type) => New(type, 4, 4, 0, MapFlags.NoPreallocation),
        _ => New(type, 4, 4, 1),
    };

    private static bool IsLocalStorage(BpfMapType type) =>
        type is BpfMapType.SkStorage or BpfMapType.InodeStorage or BpfMapType.TaskStorage or BpfMapType.CgrpStorage;
}
