using System.Runtime.InteropServices;
using Skep.Bpf.Interop;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>A map of a <see cref="BpfObject"/>.</summary>
public sealed unsafe class BpfObjectMap
{
    private readonly BpfObject _object;
    private readonly nint _map;

    internal BpfObjectMap(BpfObject owner, nint map)
    {
        _object = owner;
        _map = map;
        Name = Marshal.PtrToStringUTF8((nint)LibBpf.bpf_map__name(map)) ?? "";
        IsVariableSection = LibBpf.bpf_map__is_internal(map) != 0;
        int dot = Name.IndexOf('.', StringComparison.Ordinal);
        SectionName = IsVariableSection && dot >= 0 ? Name[dot..] : null;
    }

    /// <summary>libbpf's name: of a variable section, the start of the object's name and the section's.</summary>
    public string Name { get; }

    /// <summary>The section of global variables that it holds, <c>.rodata</c>; null for a map that the source declares.</summary>
    public string? SectionName { get; }

    /// <summary>Whether it holds global variables.</summary>
    public bool IsVariableSection { get; }

    /// <summary>The type.</summary>
    public BpfMapType Type => (BpfMapType)LibBpf.bpf_map__type(Live());

    /// <summary>Bytes of a key.</summary>
    public uint KeySize => LibBpf.bpf_map__key_size(Live());

    /// <summary>Bytes of a value.</summary>
    public uint ValueSize => LibBpf.bpf_map__value_size(Live());

    /// <summary>Entries that it can hold; bytes for a ring buffer (a power of two of pages). To be set before the load.</summary>
    public uint MaxEntries
    {
        get => LibBpf.bpf_map__max_entries(Live());
        set => Check(LibBpf.bpf_map__set_max_entries(Live(), value), $"resize map {Name} to {value} entries");
    }

    /// <summary>Bytes of the initial value of a variable section; 0 for other maps.</summary>
    public int InitialSize
    {
        get
        {
            nuint size;
            return LibBpf.bpf_map__initial_value(Live(), &size) is null ? 0 : (int)size;
        }
    }

    /// <summary>
    /// Whether the load creates this map; no loaded program may use one that it leaves out. To be set before the load.
    /// </summary>
    public bool Autocreate
    {
        get => LibBpf.bpf_map__autocreate(Live()) != 0;
        set => Check(LibBpf.bpf_map__set_autocreate(Live(), value ? (byte)1 : (byte)0), $"choose whether to create map {Name}");
    }

    /// <summary>Uses an existing map instead of creating one. To be done before the load.</summary>
    public void Reuse(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        using FdUse use = map.Use();
        Check(LibBpf.bpf_map__reuse_fd(Live(), use.Number), $"use {map} as map {Name}");
    }

    /// <summary>Copies the initial value of a variable section.</summary>
    /// <exception cref="InvalidOperationException">The map does not hold variables.</exception>
    public byte[] GetInitialValue() => Initial().ToArray();

    /// <summary>Writes into the initial value of a variable section. To be done before the load.</summary>
    /// <param name="offset">Bytes from the section's start.</param>
    /// <param name="bytes">What to write there.</param>
    /// <exception cref="InvalidOperationException">The map does not hold variables, or the object is loaded.</exception>
    public void WriteInitialValue(int offset, ReadOnlySpan<byte> bytes)
    {
        if (_object.IsLoaded)
            throw new InvalidOperationException($"map {Name} is loaded: its initial value is used up (write before the load)");
        bytes.CopyTo(Initial()[offset..]);
    }

    /// <summary>Writes a variable of an unmanaged type at an offset of a variable section.</summary>
    /// <inheritdoc cref="WriteInitialValue(int, ReadOnlySpan{byte})"/>
    public void WriteInitialValue<T>(int offset, T value) where T : unmanaged =>
        WriteInitialValue(offset, new ReadOnlySpan<byte>(&value, sizeof(T)));

    /// <summary>A handle of the created map.</summary>
    /// <exception cref="InvalidOperationException">It is not created yet.</exception>
    public BpfMap Open()
    {
        int fd = LibBpf.bpf_map__fd(Live());
        if (fd < 0) throw new InvalidOperationException($"map {Name} of BPF object {_object.Name} is not created yet");
        return new BpfMap(BpfHandle.Duplicate(fd, $"map {Name}"));
    }

    private Span<byte> Initial()
    {
        nuint size;
        byte* value = LibBpf.bpf_map__initial_value(Live(), &size);
        if (value is null) throw new InvalidOperationException($"map {Name} has no initial value: it is not a section of global variables");
        return new Span<byte>(value, (int)size);
    }

    /// <summary>Has the load neither pin it nor use one that is pinned where the file has it pinned by name.</summary>
    internal void LeaveUnpinned() => Check(LibBpf.bpf_map__set_pin_path(Live(), null), $"leave map {Name} unpinned");

    /// <summary>
    /// Gives an arena an address where the file gives none: libbpf since 1.5 maps it to have one, and the kernel takes no program of an
    /// arena without.
    /// </summary>
    internal void PlaceArena()
    {
        const ulong address = 1UL << 44;
        if (Type == BpfMapType.Arena && LibBpf.bpf_map__map_extra(Live()) == 0)
            Check(LibBpf.bpf_map__set_map_extra(Live(), address), $"give map {Name} an address");
    }

    private static void Check(int result, string operation)
    {
        if (result < 0) throw new BpfException(operation, BpfObject.ErrnoOf(result), "do it before the load");
    }

    private nint Live()
    {
        _object.ThrowIfClosed();
        return _map;
    }
}
