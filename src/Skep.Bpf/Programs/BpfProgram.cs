using System.Globalization;
using System.Runtime.InteropServices;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>A function of a program (<c>struct bpf_func_info</c>).</summary>
/// <param name="Offset">Its first instruction, in instruction words from the start of the translated code.</param>
/// <param name="TypeId">Its type in the program's BTF.</param>
public readonly record struct BpfFunction(uint Offset, uint TypeId);

/// <summary>A loaded program of the kernel.</summary>
public sealed unsafe partial class BpfProgram : BpfHandle
{
    private const int MapsAtOnce = 64;

    internal BpfProgram(int fd)
        : base(fd)
    {
    }

    /// <summary>Opens a live program by id. Needs CAP_SYS_ADMIN.</summary>
    /// <exception cref="BpfException">No such program, or not permitted.</exception>
    public static BpfProgram OpenById(uint id) =>
        TryOpenById(id, out Errno error) ?? throw KernelObjects.CannotOpen("program", "prog", id, error);

    /// <summary>Opens a live program by id.</summary>
    /// <returns>Null, with the error, when it is gone (<c>ENOENT</c>) or not permitted.</returns>
    public static BpfProgram? TryOpenById(uint id, out Errno error)
    {
        int fd = KernelObjects.FdById(BpfCommand.ProgGetFdById, id);
        error = new Errno(fd < 0 ? -fd : 0);
        return fd < 0 ? null : new BpfProgram(fd);
    }

    /// <summary>Opens a pinned program.</summary>
    /// <param name="path">A file of a bpffs.</param>
    /// <exception cref="BpfException">No such file, or what it holds is not a program.</exception>
    public static BpfProgram OpenPinned(string path) => new(ObjectPath.Open(path, "program", "bpf-prog"));

    /// <summary>A second handle of the same program.</summary>
    public BpfProgram Duplicate() => new(DuplicateFd("a program"));

    /// <summary>Reads what the kernel says of the program, as of now.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfProgramInfo GetInfo()
    {
        bpf_prog_info raw = default;
        int length = Fill(ref raw);
        return ToInfo(in raw, length);
    }

    /// <summary>
    /// The same and the maps that it uses, in the program's order: one system call, but for programs with very many maps.
    /// </summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfProgramInfo GetInfo(out uint[] mapIds)
    {
        bpf_prog_info raw = default;
        uint* ids = stackalloc uint[MapsAtOnce];
        raw.map_ids = ids;
        raw.nr_map_ids = MapsAtOnce;
        int length = Fill(ref raw);
        BpfProgramInfo info = ToInfo(in raw, length);
        mapIds = info.MapCount <= MapsAtOnce ? new ReadOnlySpan<uint>(ids, info.MapCount).ToArray() : GetMapIds(info);
        return info;
    }

    /// <summary>The ids of the maps that the program uses, in the program's order.</summary>
    public uint[] GetMapIds() => Read<uint>(
        static (ref bpf_prog_info raw) => raw.nr_map_ids,
        static (ref bpf_prog_info raw, uint count, void* buffer) => { raw.nr_map_ids = count; raw.map_ids = (uint*)buffer; });

    /// <summary>The same, of a program whose information was just read: one system call.</summary>
    public uint[] GetMapIds(BpfProgramInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        if (info.MapCount == 0) return [];
        var ids = new uint[info.MapCount];
        bpf_prog_info raw = default;
        fixed (uint* buffer = ids)
        {
            raw.nr_map_ids = (uint)ids.Length;
            raw.map_ids = buffer;
            Fill(ref raw);
        }

        return raw.nr_map_ids < ids.Length ? ids[..(int)raw.nr_map_ids] : ids;
    }

    /// <summary>
    /// Where each function begins, and its type in the program's BTF (<see cref="BpfProgramInfo.BtfId"/>). Empty without BTF.
    /// </summary>
    public BpfFunction[] GetFunctions() => ReadRecords<BpfFunction>(
        static (ref bpf_prog_info raw) => raw.nr_func_info,
        static (ref bpf_prog_info raw) => raw.func_info_rec_size,
        static (ref bpf_prog_info raw, uint count, uint stride, void* buffer) =>
        {
            raw.nr_func_info = count;
            raw.func_info_rec_size = stride; raw.func_info = buffer;
        });

    /// <summary>
    /// The bytecode after the verifier's rewrites: 8 bytes an instruction word, in the machine's order. Empty where the kernel
    /// hides it (<c>bpf_dump_raw_ok</c>: kptr_restrict or missing capabilities).
    /// </summary>
    public ulong[] GetXlated() => Read<ulong>(
        static (ref bpf_prog_info raw) => raw.xlated_prog_len / sizeof(ulong),
        static (ref bpf_prog_info raw, uint count, void* buffer) =>
        {
            raw.xlated_prog_len = count * sizeof(ulong);
            raw.xlated_prog_insns = buffer;
        },
        static (ref bpf_prog_info raw) => raw.xlated_prog_insns == null);

    /// <summary>The machine code of all functions, one after the other. Empty where it is interpreted or hidden.</summary>
    public byte[] GetJited() => Read<byte>(
        static (ref bpf_prog_info raw) => raw.jited_prog_len,
        static (ref bpf_prog_info raw, uint count, void* buffer) => { raw.jited_prog_len = count; raw.jited_prog_insns = buffer; },
        static (ref bpf_prog_info raw) => raw.jited_prog_insns == null);

    /// <summary>Bytes of machine code of each function.</summary>
    public uint[] GetJitedFunctionLengths() => Read<uint>(
        static (ref bpf_prog_info raw) => raw.nr_jited_func_lens,
        static (ref bpf_prog_info raw, uint count, void* buffer) =>
        {
            raw.nr_jited_func_lens = count; raw.jited_func_lens = (uint*)buffer;
        });

    /// <summary>The kernel address of each function. Zeros where addresses are hidden.</summary>
    public ulong[] GetJitedAddresses() => Read<ulong>(
        static (ref bpf_prog_info raw) => raw.nr_jited_ksyms,
        static (ref bpf_prog_info raw, uint count, void* buffer) => { raw.nr_jited_ksyms = count; raw.jited_ksyms = (ulong*)buffer; });

    /// <summary>The tag of each function, as text.</summary>
    public string[] GetFunctionTags() => Array.ConvertAll(
        Read<ulong>(
            static (ref bpf_prog_info raw) => raw.nr_prog_tags,
            static (ref bpf_prog_info raw, uint count, void* buffer) => { raw.nr_prog_tags = count; raw.prog_tags = (ulong*)buffer; }),
        TagText);

    /// <summary>Keeps a map alive as long as the program, though the program does not use it (BPF_PROG_BIND_MAP, Linux 5.10).</summary>
    public void BindMap(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        using FdUse use = Use();
        using FdUse bound = map.Use();
        var attr = new ProgBindMapAttr { prog_fd = (uint)use.Number, map_fd = (uint)bound.Number };
        int result = BpfSyscall.Call(BpfCommand.ProgBindMap, ref attr);
        if (result < 0) throw new BpfException($"bind {map} to {this}", new Errno(-result));
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        if (IsClosed) return "program";
        bpf_prog_info raw = default;
        using FdUse use = Use();
        if (KernelObjects.Info(use.Number, ref raw) < 0) return "program";
        string name = raw.name.ToString();
        return name.Length == 0 ? $"program {raw.id}" : $"program {raw.id} ({name})";
    }

    private static BpfProgramInfo ToInfo(ref readonly bpf_prog_info raw, int length) => new()
    {
        Id = raw.id,
        Type = (BpfProgramType)raw.type,
        Name = raw.name.ToString(),
        Tag = TagText(raw.tag),
        JitedLength = raw.jited_prog_len,
        XlatedLength = raw.xlated_prog_len,
        LoadTime = raw.load_time,
        CreatedByUid = raw.created_by_uid,
        MapCount = (int)raw.nr_map_ids,
        GplCompatible = (raw.gpl_compatible & 1) != 0,
        IfIndex = raw.ifindex,
        NetnsDev = raw.netns_dev,
        NetnsInode = raw.netns_ino,
        BtfId = raw.btf_id,
        FunctionCount = (int)raw.nr_prog_tags,
        VerifiedInstructions = raw.verified_insns,
        AttachBtfObjectId = raw.attach_btf_obj_id,
        AttachBtfId = raw.attach_btf_id,
        RunTimeNs = raw.run_time_ns,
        RunCount = raw.run_cnt,
        RecursionMisses = raw.recursion_misses,
        KernelInfoLength = length,
    };

    // Tags are bytes; the field is read as one number in the machine's (little-endian) order.
    private static string TagText(ulong tag) =>
        System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(tag).ToString("x16", CultureInfo.InvariantCulture);

    private delegate uint Count(ref bpf_prog_info raw);

    private delegate void Place(ref bpf_prog_info raw, uint count, void* buffer);

    private delegate void PlaceRecords(ref bpf_prog_info raw, uint count, uint stride, void* buffer);

    private delegate bool Hidden(ref bpf_prog_info raw);

    // Twice: the kernel gives the counts first, then fills buffers of that size. Of what it hides it still gives the length, and
    // sets the address of the buffer to zero.
    private T[] Read<T>(Count count, Place place, Hidden? hidden = null) where T : unmanaged
    {
        bpf_prog_info raw = default;
        Fill(ref raw);
        uint available = count(ref raw);
        if (available == 0) return [];
        var result = new T[available];
        fixed (T* buffer = result)
        {
            raw = default;
            place(ref raw, available, buffer);
            Fill(ref raw);
            if (hidden is not null && hidden(ref raw)) return [];
        }

        uint filled = Math.Min(count(ref raw), available);
        return filled == available ? result : result[..(int)filled];
    }

    // Records are as long as the kernel has them: of each, what T has room for. None where the kernel's are shorter than that.
    private T[] ReadRecords<T>(Count count, Count stride, PlaceRecords place) where T : unmanaged
    {
        bpf_prog_info raw = default;
        Fill(ref raw);
        uint available = count(ref raw), size = stride(ref raw);
        if (available == 0 || size < sizeof(T)) return [];
        var records = new byte[checked(available * size)];
        fixed (byte* buffer = records)
        {
            raw = default;
            place(ref raw, available, size, buffer);
            Fill(ref raw);
        }

        var result = new T[Math.Min(count(ref raw), available)];
        for (int i = 0; i < result.Length; i++) result[i] = MemoryMarshal.Read<T>(records.AsSpan(i * (int)size));
        return result;
    }

    private int Fill(ref bpf_prog_info raw)
    {
        using FdUse use = Use();
        int result = KernelObjects.Info(use.Number, ref raw);
        return result >= 0 ? result : throw new BpfException("read the information of a program", new Errno(-result));
    }
}
