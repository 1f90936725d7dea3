using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Bpf;

/// <summary>
/// BTF, the kernel's type information, parsed from its raw bytes (Documentation/bpf/btf.rst). Types are numbered from 1; 0 is void. Split
/// BTF (of a module) continues the numbers and the strings of its base. Made once, it may be read by several threads.
/// </summary>
public sealed class Btf
{
    internal const ushort Magic = 0xeb9f;
    private const int MinimumHeader = 24;
    private const int MaximumDepth = 64;

    private readonly ReadOnlyMemory<byte> _raw;
    private readonly Btf? _base;
    private readonly int _types;
    private readonly int _typesLength;
    private readonly int _strings;
    private readonly int _stringsLength;

    // What was asked for before: to look for a name is to pass over all types.
    private readonly ConcurrentDictionary<(string Name, BtfKind Kind), BtfType> _named = [];
    private readonly Lazy<Dictionary<uint, List<uint>>> _structuresBySize;

    // Of type FirstId + i, bytes from the start of the types; there may be room for more.
    private readonly Lock _indexing = new();
    private volatile int[]? _offsets;
    private int _count;

    private Btf(ReadOnlyMemory<byte> raw, Btf? baseBtf, int types, int typesLength, int strings, int stringsLength)
    {
        _raw = raw;
        _base = baseBtf;
        _types = types;
        _typesLength = typesLength;
        _strings = strings;
        _stringsLength = stringsLength;
        _structuresBySize = new Lazy<Dictionary<uint, List<uint>>>(StructuresBySize);
    }

    /// <summary>
    /// The BTF of the running kernel. Its types are counted when the first is asked for. It is the same until the next boot: keep it, for
    /// each one that is loaded takes addresses of the process for good.
    /// </summary>
    /// <exception cref="NotSupportedByKernelException">The kernel has none.</exception>
    public static Btf LoadKernel()
    {
        if (!KernelSettings.HasBtf)
        {
            throw new NotSupportedByKernelException(
                $"read {KernelSettings.KernelBtfPath}", new Errno(Errno.ENOENT), "BTF of its own",
                "Linux 5.8 or later with CONFIG_DEBUG_INFO_BTF");
        }

        return Open(KernelBtfFile.Read(KernelSettings.KernelBtfPath), null);
    }

    /// <summary>The BTF of a loaded module, upon the kernel's.</summary>
    /// <exception cref="BpfException">There is no such module, it has no BTF, or that may not be read.</exception>
    public static Btf LoadModule(string name, Btf kernel) =>
        Parse(KernelBtfFile.ReadWhole($"/sys/kernel/btf/{name}"), kernel);

    /// <summary>Parses raw BTF.</summary>
    /// <param name="raw">The whole of it. It is kept, and must not be changed.</param>
    /// <param name="baseBtf">The base, for split BTF.</param>
    /// <exception cref="InvalidDataException">
    /// It is not BTF of this machine's byte order, or its types do not fill their section.
    /// </exception>
    public static Btf Parse(byte[] raw, Btf? baseBtf = null)
    {
        ArgumentNullException.ThrowIfNull(raw);
        Btf btf = Open(raw, baseBtf);
        btf.Index(null);
        return btf;
    }

    private static Btf Open(ReadOnlyMemory<byte> raw, Btf? baseBtf)
    {
        if (raw.Length < MinimumHeader) throw Broken($"{raw.Length} bytes are less than a header");
        ReadOnlySpan<byte> bytes = raw.Span;
        ushort magic = MemoryMarshal.Read<ushort>(bytes);
        if (magic != Magic) throw Broken($"the magic number is {magic:x4}, not {Magic:x4}");
        uint header = MemoryMarshal.Read<uint>(bytes[4..]);
        int types = Section(header, MemoryMarshal.Read<uint>(bytes[8..]), MemoryMarshal.Read<uint>(bytes[12..]), raw.Length, "types");
        int typesLength = (int)MemoryMarshal.Read<uint>(bytes[12..]);
        int strings = Section(header, MemoryMarshal.Read<uint>(bytes[16..]), MemoryMarshal.Read<uint>(bytes[20..]), raw.Length, "strings");
        int stringsLength = (int)MemoryMarshal.Read<uint>(bytes[20..]);
        return new Btf(raw, baseBtf, types, typesLength, strings, stringsLength);
    }

    /// <summary>The first id after the last type.</summary>
    public uint EndId => FirstId + (uint)Offsets.Length;

    /// <summary>The first id of its own: 1, or the base's <see cref="EndId"/>.</summary>
    public uint FirstId => _base?.EndId ?? 1;

    private ReadOnlySpan<int> Offsets => (_offsets ?? Index(null)).AsSpan(0, _count);

    internal ReadOnlySpan<byte> TypeBytes => _raw.Span.Slice(_types, _typesLength);

    private ReadOnlySpan<byte> Strings => _raw.Span.Slice(_strings, _stringsLength);

    private uint StringBase => _base is null ? 0 : _base.StringBase + (uint)_base._stringsLength;

    /// <summary>The type of an id, of the base's too.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public BtfType this[uint id]
    {
        get
        {
            if (id == 0) return new BtfType(this, 0, -1);
            if (id < FirstId) return _base![id];
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, EndId);
            return new BtfType(this, id, Offsets[(int)(id - FirstId)]);
        }
    }

    /// <summary>The first type of a name and a kind; the base's types are looked at first.</summary>
    public bool TryFind(string name, BtfKind kind, out BtfType type)
    {
        type = _named.GetOrAdd((name, kind), key => FindAll(key.Name, key.Kind).FirstOrDefault());
        return type.Id != 0;
    }

    /// <summary>The structs of its own that have a size, by id.</summary>
    public IReadOnlyList<uint> StructuresOfSize(uint size) => _structuresBySize.Value.GetValueOrDefault(size, []);

    private Dictionary<uint, List<uint>> StructuresBySize()
    {
        var found = new Dictionary<uint, List<uint>>();
        for (uint id = FirstId; id < EndId; id++)
        {
            if (this[id] is not { Kind: BtfKind.Struct } type) continue;
            if (!found.TryGetValue(type.Size, out List<uint>? sized)) found[type.Size] = sized = [];
            sized.Add(id);
        }

        return found;
    }

    /// <summary>All types of a name and a kind, the base's first.</summary>
    public IEnumerable<BtfType> FindAll(string name, BtfKind kind)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (_base is not null)
        {
            foreach (BtfType type in _base.FindAll(name, kind)) yield return type;
        }

        List<uint> names = NameOffsets(Encoding.UTF8.GetBytes(name + '\0'));
        if (names.Count == 0) yield break;
        int count = Offsets.Length;
        for (int i = 0; i < count; i++)
        {
            int offset = Offsets[i];
            if (IsAt(offset, names, kind)) yield return new BtfType(this, FirstId + (uint)i, offset);
        }
    }

    /// <summary>The structs, unions and enumerations of many names, and functions of some, in one pass over all types of its own.</summary>
    internal Dictionary<string, List<uint>> FindNamed(IReadOnlyCollection<string> types, IReadOnlyCollection<string> functions)
    {
        var search = new BtfNameSearch(types);
        if (functions.Count > 0)
        {
            foreach (uint offset in NameOffsets(Encoding.UTF8.GetBytes(CommonStart(functions))))
                foreach (string name in functions)
                    if (IsString(offset, Encoding.UTF8.GetBytes(name))) search.AddFunction(name, offset);
        }

        Index(search);
        return search.Found;
    }

    /// <summary>Whether the string at an offset is this one.</summary>
    internal bool IsString(uint offset, ReadOnlySpan<byte> text)
    {
        uint start = StringBase;
        if (offset < start) return _base!.IsString(offset, text);
        offset -= start;
        if (offset >= (uint)_stringsLength) return text.IsEmpty;
        ReadOnlySpan<byte> rest = Strings[(int)offset..];
        return rest.Length > text.Length && rest[text.Length] == 0 && rest.StartsWith(text);
    }

    /// <summary>Follows typedefs, qualifiers and type tags to the type behind them.</summary>
    public BtfType Resolve(uint id)
    {
        BtfType type = this[id];
        for (int depth = 0; type.Kind is BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict
            or BtfKind.TypeTag; depth++)
        {
            if (depth == MaximumDepth) throw Broken($"type {id} refers to itself");
            type = this[type.TypeId];
        }

        return type;
    }

    /// <summary>Bytes of a value of a type: 8 for a pointer, 0 for void, functions and forwards.</summary>
    public long SizeOf(uint id)
    {
        long count = 1;
        for (int depth = 0; depth < MaximumDepth; depth++)
        {
            BtfType type = Resolve(id);
            switch (type.Kind)
            {
                case BtfKind.Array:
                    count *= type.Array.Count;
                    id = type.Array.ElementTypeId;
                    continue;
                case BtfKind.Var:
                    id = type.TypeId;
                    continue;
                case BtfKind.Ptr:
                    return count * sizeof(ulong);
                default:
                    return count * type.Size;
            }
        }

        throw Broken($"type {id} is an array of itself");
    }

    /// <summary>A string of the string section or of the base's; empty for an offset outside.</summary>
    public string StringAt(uint offset)
    {
        uint start = StringBase;
        if (offset < start) return _base!.StringAt(offset);
        offset -= start;
        if (offset >= (uint)_stringsLength) return "";
        ReadOnlySpan<byte> rest = Strings[(int)offset..];
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static string CommonStart(IEnumerable<string> names)
    {
        string start = names.Aggregate((one, other) => one[..one.AsSpan().CommonPrefixLength(other)]);
        return start.Length > 0 ? start : throw new ArgumentException("names that begin alike are wanted");
    }

    // A name may be the end of a longer string, so each place where its bytes end with a NUL counts.
    private List<uint> NameOffsets(byte[] name)
    {
        var found = new List<uint>();
        Btf? owner = this;
        for (; owner is not null; owner = owner._base)
        {
            ReadOnlySpan<byte> strings = owner.Strings;
            for (int at = 0; at <= strings.Length - name.Length;)
            {
                int next = strings[at..].IndexOf(name);
                if (next < 0) break;
                found.Add(owner.StringBase + (uint)(at + next));
                at += next + 1;
            }
        }

        return found;
    }

    private bool IsAt(int offset, List<uint> names, BtfKind kind)
    {
        ReadOnlySpan<byte> type = TypeBytes[offset..];
        return BtfType.KindOf(MemoryMarshal.Read<uint>(type[4..])) == kind && names.Contains(MemoryMarshal.Read<uint>(type));
    }

    // Finds where the types are, unless it is known, and shows each to a search.
    private int[] Index(BtfNameSearch? search)
    {
        lock (_indexing)
        {
            if (_offsets is not { } offsets) return _offsets = Scan(search);
            ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(TypeBytes);
            for (int i = 0; search is not null && i < _count; i++)
            {
                int at = offsets[i] / sizeof(uint);
                search.Look(BtfType.KindOf(words[at + 1]), words[at], FirstId + (uint)i, Strings, StringBase);
            }

            return offsets;
        }
    }

    private int[] Scan(BtfNameSearch? search)
    {
        // A type takes 12 bytes at least, about 24 on average in a kernel; room that is not used is not touched.
        int[] offsets = GC.AllocateUninitializedArray<int>((_typesLength / 16) + 16);
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(TypeBytes);
        ReadOnlySpan<byte> strings = Strings;
        uint first = FirstId, stringBase = StringBase;
        int count = 0;
        for (int at = 0; at * sizeof(uint) < _typesLength;)
        {
            if (words.Length - at < BtfType.HeaderSize / sizeof(uint)) throw Broken($"type {count + 1} is cut short");
            uint info = words[at + 1];
            int tail = BtfType.TailSize(info);
            if (tail < 0) throw Broken($"type {count + 1} is of a kind that is not known: what follows it cannot be found");
            int size = (BtfType.HeaderSize + tail) / sizeof(uint);
            if (words.Length - at < size) throw Broken($"type {count + 1} is cut short");
            if (count == offsets.Length) Array.Resize(ref offsets, count * 2);
            search?.Look(BtfType.KindOf(info), words[at], first + (uint)count, strings, stringBase);
            offsets[count++] = at * sizeof(uint);
            at += size;
        }

        _count = count;
        return offsets;
    }

    private static int Section(uint header, uint offset, uint length, int total, string what)
    {
        ulong start = (ulong)header + offset;
        if (start + length > (ulong)total) throw Broken($"the {what} end after byte {total}");
        return (int)start;
    }

    private static InvalidDataException Broken(string reason) => new($"parse BTF: {reason}");
}
