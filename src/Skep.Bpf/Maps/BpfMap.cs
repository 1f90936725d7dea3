using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>
/// How <see cref="BpfMap.Update(ReadOnlySpan{byte}, ReadOnlySpan{byte}, BpfMapUpdate)"/> treats an entry that is or is not there.
/// </summary>
public enum BpfMapUpdate : ulong
{
    /// <summary><c>BPF_ANY</c>: create it or replace it.</summary>
    Any = 0,

    /// <summary><c>BPF_NOEXIST</c>: create it; it must not exist.</summary>
    NoExist = 1,

    /// <summary><c>BPF_EXIST</c>: replace it; it must exist.</summary>
    Exist = 2,
}

/// <summary>A map of the kernel. Keys and values are bytes in the machine's order.</summary>
public sealed unsafe partial class BpfMap : BpfHandle
{
    private BpfMapInfo? _info;

    internal BpfMap(int fd)
        : base(fd)
    {
    }

    /// <summary>Type, sizes and ids, read once: they do not change in a map's life.</summary>
    /// <exception cref="BpfException">The kernel refused the information.</exception>
    public BpfMapInfo Info => _info ??= ReadInfo();

    /// <summary>Opens a live map by id. Needs CAP_SYS_ADMIN.</summary>
    /// <exception cref="BpfException">No such map, or not permitted.</exception>
    public static BpfMap OpenById(uint id) =>
        TryOpenById(id, out Errno error) ?? throw KernelObjects.CannotOpen("map", "map", id, error);

    /// <summary>Opens a live map by id.</summary>
    /// <returns>Null, with the error, when it is gone (<c>ENOENT</c>) or not permitted.</returns>
    public static BpfMap? TryOpenById(uint id, out Errno error)
    {
        int fd = KernelObjects.FdById(BpfCommand.MapGetFdById, id);
        error = new Errno(fd < 0 ? -fd : 0);
        return fd < 0 ? null : new BpfMap(fd);
    }

    /// <summary>Opens a pinned map.</summary>
    /// <param name="path">A file of a bpffs.</param>
    /// <exception cref="BpfException">No such file, or what it holds is not a map.</exception>
    public static BpfMap OpenPinned(string path) => new(ObjectPath.Open(path, "map", "bpf-map"));

    /// <summary>A second handle of the same map.</summary>
    public BpfMap Duplicate() => new(DuplicateFd("a map"));

    /// <summary>Copies the value of a key.</summary>
    /// <param name="key">Exactly <see cref="BpfMapInfo.KeySize"/> bytes.</param>
    /// <param name="value">Exactly <see cref="BpfMapInfo.UserValueSize"/> bytes: for per-CPU maps all CPUs' values.</param>
    /// <returns>False when the map has no such key.</returns>
    /// <exception cref="BpfException">The kernel refused for another reason.</exception>
    public bool TryLookup(ReadOnlySpan<byte> key, Span<byte> value) =>
        TryRead(BpfCommand.MapLookupElem, key, value, "look up an element of");

    /// <summary>Copies the value of a key and removes it, in one step; a queue or a stack takes an empty key.</summary>
    /// <inheritdoc cref="TryLookup"/>
    public bool TryLookupAndDelete(ReadOnlySpan<byte> key, Span<byte> value) =>
        TryRead(BpfCommand.MapLookupAndDeleteElem, key, value, "take an element of");

    private bool TryRead(BpfCommand command, ReadOnlySpan<byte> key, Span<byte> value, string action)
    {
        CheckKey(key.Length);
        CheckValue(value.Length);
        int result;
        fixed (byte* k = key, v = value) result = Element(command, k, v, 0);
        if (result == -Errno.ENOENT) return false;
        return result >= 0 ? true : throw Failure(action, result);
    }

    /// <summary>Sets the value of a key.</summary>
    /// <param name="key">Exactly <see cref="BpfMapInfo.KeySize"/> bytes.</param>
    /// <param name="value">Exactly <see cref="BpfMapInfo.UserValueSize"/> bytes.</param>
    /// <param name="mode">What to do when the key is or is not there.</param>
    /// <exception cref="BpfException">
    /// The kernel refused: the map is full (<c>E2BIG</c>), the key exists (<c>EEXIST</c>) or not (<c>ENOENT</c>), ...
    /// </exception>
    public void Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, BpfMapUpdate mode = BpfMapUpdate.Any)
    {
        CheckKey(key.Length);
        CheckValue(value.Length);
        int result;
        fixed (byte* k = key, v = value) result = Element(BpfCommand.MapUpdateElem, k, v, (ulong)mode);
        if (result < 0) throw Failure("update an element of", result);
    }

    /// <summary>Puts the descriptor of another BPF object as a value: for program arrays, maps of maps, devmaps with programs.</summary>
    /// <param name="key">Exactly <see cref="BpfMapInfo.KeySize"/> bytes.</param>
    /// <param name="target">The program or the inner map.</param>
    /// <param name="mode">What to do when the key is or is not there.</param>
    public void Update(ReadOnlySpan<byte> key, BpfHandle target, BpfMapUpdate mode = BpfMapUpdate.Any)
    {
        ArgumentNullException.ThrowIfNull(target);
        using FdUse use = target.Use();
        int fd = use.Number;
        Update(key, new ReadOnlySpan<byte>(&fd, sizeof(int)), mode);
    }

    /// <summary>Removes a key.</summary>
    /// <returns>False when the map has no such key.</returns>
    /// <exception cref="BpfException">The kernel refused for another reason.</exception>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        CheckKey(key.Length);
        int result;
        fixed (byte* k = key) result = Element(BpfCommand.MapDeleteElem, k, null, 0);
        if (result == -Errno.ENOENT) return false;
        return result >= 0 ? true : throw Failure("delete an element of", result);
    }

    /// <summary>The key that follows <paramref name="key"/>, in the map's own order; an empty span asks for the first.</summary>
    /// <param name="key">
    /// Empty, or exactly <see cref="BpfMapInfo.KeySize"/> bytes. A key that is gone restarts a hash from its first.
    /// </param>
    /// <param name="next">Exactly <see cref="BpfMapInfo.KeySize"/> bytes.</param>
    /// <returns>False after the last key.</returns>
    public bool TryNextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        if (!key.IsEmpty) CheckKey(key.Length);
        CheckKey(next.Length);
        int result;
        fixed (byte* k = key, n = next) result = Element(BpfCommand.MapGetNextKey, key.IsEmpty ? null : k, n, 0);
        if (result == -Errno.ENOENT) return false;
        return result >= 0 ? true : throw Failure("find the next key of", result);
    }

    /// <summary>Makes the map read-only for system calls, for good.</summary>
    public void Freeze()
    {
        using FdUse use = Use();
        var attr = new MapFreezeAttr { map_fd = (uint)use.Number };
        int result = BpfSyscall.Call(BpfCommand.MapFreeze, ref attr);
        if (result < 0) throw Failure("freeze", result);
    }

    /// <inheritdoc/>
    public override string ToString() => _info is { } info ? $"map {info.Id} ({info.Type.Name()} {info.Name})" : "map";

    private int Element(BpfCommand command, byte* key, byte* value, ulong flags)
    {
        using FdUse use = Use();
        var attr = new MapElementAttr { map_fd = (uint)use.Number, key = key, value = value, flags = flags };
        return BpfSyscall.Call(command, ref attr);
    }

    private BpfException Failure(string verb, int result) => new($"{verb} {Describe()}", new Errno(-result));

    private string Describe()
    {
        BpfMapInfo info = Info;
        return info.Name.Length == 0 ? $"map {info.Id} ({info.Type.Name()})" : $"map {info.Id} ({info.Type.Name()} {info.Name})";
    }

    private BpfMapInfo ReadInfo()
    {
        bpf_map_info raw = default;
        using FdUse use = Use();
        int result = KernelObjects.Info(use.Number, ref raw);
        if (result < 0) throw new BpfException("read the information of a map", new Errno(-result));
        return new BpfMapInfo(
            raw.id, (BpfMapType)raw.type, raw.name.ToString(), raw.key_size, raw.value_size, raw.max_entries, raw.map_flags, raw.map_extra,
            raw.ifindex, raw.netns_dev, raw.netns_ino, raw.btf_id, raw.btf_key_type_id, raw.btf_value_type_id,
            raw.btf_vmlinux_value_type_id,
            raw.btf_vmlinux_id);
    }

    private void CheckKey(int length)
    {
        if (length != Info.KeySize)
            throw new ArgumentException($"{Describe()} has keys of {Info.KeySize} bytes, not {length}");
    }

    private void CheckValue(int length)
    {
        if (length != Info.UserValueSize)
            throw new ArgumentException($"{Describe()} has values of {Info.UserValueSize} bytes, not {length}");
    }
}
