using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>Creates the smallest valid map of a type. A kernel without the type answers EINVAL.</summary>
internal static unsafe class MapTypeProbe
{
    // One type, a signed 32-bit int named "int": what local storage wants its key to be.
    private static readonly byte[] s_intBtf =
    [
        0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0,
        1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1,
        0, (byte)'i', (byte)'n', (byte)'t', 0,
    ];

    private static uint Page => (uint)Environment.SystemPageSize;

    internal static Support Try(BpfMapType type)
    {
        if (type == BpfMapType.StructOps) return TryStructOps();
        BpfBtf? btf = null;
        BpfMap? inner = null;
        try
        {
            BpfMapSpec spec = Smallest(type);
            if (IsLocalStorage(type))
            {
                btf = BpfBtf.Load(s_intBtf);
                spec = spec with { Btf = btf, BtfKeyTypeId = 1, BtfValueTypeId = 1 };
            }
            else if (type is BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps)
            {
                inner = BpfMap.Create(new BpfMapSpec(BpfMapType.Hash, 4, 4, 1));
                spec = spec with { InnerMap = inner };
            }

            int result = BpfMap.TryCreate(spec);
            if (result >= 0) _ = Libc.close(result);
            return result >= 0 ? Support.Yes : result == -Errno.EINVAL ? Support.No : Support.Unknown;
        }
        catch (KernelException)
        {
            return Support.Unknown;
        }
        finally
        {
            btf?.Dispose();
            inner?.Dispose();
        }
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

    private static BpfMapSpec Smallest(BpfMapType type) => type switch
    {
        BpfMapType.StackTrace => new(type, 4, 8, 1),
        BpfMapType.LpmTrie => new(type, 8, 8, 1) { Flags = MapFlags.NoPreallocation },
        BpfMapType.CgroupStorage or BpfMapType.PercpuCgroupStorage => new(type, 16, 8, 0),
        BpfMapType.Queue or BpfMapType.Stack or BpfMapType.BloomFilter => new(type, 0, 4, 1),
        BpfMapType.Ringbuf or BpfMapType.UserRingbuf => new(type, 0, 0, Page),
        BpfMapType.Arena => new(type, 0, 0, 1) { Flags = MapFlags.Mappable },
        BpfMapType.SkStorage or BpfMapType.InodeStorage or BpfMapType.TaskStorage or BpfMapType.CgrpStorage =>
            new(type, 4, 4, 0) { Flags = MapFlags.NoPreallocation },
        _ => new(type, 4, 4, 1),
    };

    private static bool IsLocalStorage(BpfMapType type) =>
        type is BpfMapType.SkStorage or BpfMapType.InodeStorage or BpfMapType.TaskStorage or BpfMapType.CgrpStorage;
}
