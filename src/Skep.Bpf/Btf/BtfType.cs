using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Skep.Bpf;

/// <summary>One type of a <see cref="Btf"/>. A view: it reads the bytes when asked.</summary>
public readonly struct BtfType
{
    internal const int HeaderSize = 12;

    private readonly Btf _btf;
    private readonly int _offset;

    internal BtfType(Btf btf, uint id, int offset)
    {
        _btf = btf;
        _offset = offset;
        Id = id;
    }

    /// <summary>Its id.</summary>
    public uint Id { get; }

    /// <summary>Its kind; <see cref="BtfKind.Void"/> for id 0.</summary>
    public BtfKind Kind => _offset < 0 ? BtfKind.Void : KindOf(Info);

    /// <summary>Its name; empty for an anonymous one.</summary>
    public string Name => _offset < 0 ? "void" : _btf.StringAt(Word(0));

    /// <summary>Members, parameters, enumerators or variables: how many.</summary>
    public int Count => _offset < 0 ? 0 : CountOf(Info);

    /// <summary>The kind's flag: union of a forward, signed of an enumeration, bit-fields of a struct.</summary>
    public bool Flag => _offset >= 0 && (Info & 0x8000_0000) != 0;

    /// <summary>Bytes, for the kinds that have a size of their own; <see cref="Btf.SizeOf"/> knows all.</summary>
    public uint Size => HasSize(Kind) ? Word(8) : 0;

    /// <summary>
    /// The type that it refers to, for the kinds that do: a pointer's target, a function's prototype, a prototype's return type.
    /// </summary>
    public uint TypeId => HasSize(Kind) || Kind is BtfKind.Void or BtfKind.Array or BtfKind.Forward ? 0 : Word(8);

    /// <summary>An integer's encoding.</summary>
    public BtfIntEncoding Int
    {
        get
        {
            uint word = Part(BtfKind.Int);
            return new BtfIntEncoding((byte)word, (byte)(word >> 16), (word & 1 << 24) != 0, (word & 1 << 25) != 0, (word & 1 << 26) != 0);
        }
    }

    /// <summary>An array's shape.</summary>
    public BtfArrayShape Array
    {
        get
        {
            uint element = Part(BtfKind.Array);
            return new BtfArrayShape(element, Word(HeaderSize + 4), Word(HeaderSize + 8));
        }
    }

    /// <summary>A function's or a variable's linkage.</summary>
    public BtfLinkage Linkage => Kind == BtfKind.Func ? (BtfLinkage)Count : (BtfLinkage)Part(BtfKind.Var);

    /// <summary>A declaration tag's member or parameter; -1 for the declaration itself.</summary>
    public int ComponentIndex => (int)Part(BtfKind.DeclTag);

    /// <summary>The members of a struct or union, in order.</summary>
    public BtfMember[] GetMembers()
    {
        Expect(Kind is BtfKind.Struct or BtfKind.Union, "members");
        var members = new BtfMember[Count];
        bool bitFields = Flag;
        for (int i = 0; i < members.Length; i++)
        {
            int at = HeaderSize + (i * 12);
            uint offset = Word(at + 8);
            members[i] = new BtfMember(
                _btf.StringAt(Word(at)), Word(at + 4), bitFields ? offset & 0xff_ffff : offset, bitFields ? offset >> 24 : 0);
        }

        return members;
    }

    /// <summary>The member of a name, of this struct or of one that is anonymous in it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="member">The member; its offset is that in this struct.</param>
    /// <returns>False when there is none, or the type is no struct or union.</returns>
    public bool TryFindMember(string name, out BtfMember member)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (FindMember(Encoding.UTF8.GetBytes(name), 0) is { } found)
        {
            member = found;
            return true;
        }

        member = default;
        return false;
    }

    private BtfMember? FindMember(ReadOnlySpan<byte> name, uint bitsBefore)
    {
        if (Kind is not (BtfKind.Struct or BtfKind.Union)) return null;
        bool bitFields = Flag;
        for (int i = 0; i < Count; i++)
        {
            int at = HeaderSize + (i * 12);
            uint offset = Word(at + 8), place = bitsBefore + (bitFields ? offset & 0xff_ffff : offset);
            if (_btf.IsString(Word(at), name))
                return new BtfMember(_btf.StringAt(Word(at)), Word(at + 4), place, bitFields ? offset >> 24 : 0);
            if (Word(at) == 0 && _btf.Resolve(Word(at + 4)).FindMember(name, place) is { } inner) return inner;
        }

        return null;
    }

    /// <summary>The parameters of a prototype, in order.</summary>
    public BtfParameter[] GetParameters()
    {
        Expect(Kind == BtfKind.FuncProto, "parameters");
        var parameters = new BtfParameter[Count];
        for (int i = 0; i < parameters.Length; i++)
            parameters[i] = new BtfParameter(_btf.StringAt(Word(HeaderSize + (i * 8))), Word(HeaderSize + (i * 8) + 4));
        return parameters;
    }

    /// <summary>The values of an enumeration, in order.</summary>
    public BtfEnumerator[] GetEnumerators()
    {
        Expect(Kind is BtfKind.Enum or BtfKind.Enum64, "enumerators");
        var values = new BtfEnumerator[Count];
        bool wide = Kind == BtfKind.Enum64, signed = Flag;
        for (int i = 0; i < values.Length; i++)
        {
            int at = HeaderSize + (i * (wide ? 12 : 8));
            long value = wide ? (long)(Word(at + 4) | (ulong)Word(at + 8) << 32) : signed ? (int)Word(at + 4) : Word(at + 4);
            values[i] = new BtfEnumerator(_btf.StringAt(Word(at)), value);
        }

        return values;
    }

    /// <summary>The variables of a section, in order.</summary>
    public BtfSectionVariable[] GetVariables()
    {
        Expect(Kind == BtfKind.DataSec, "variables");
        var variables = new BtfSectionVariable[Count];
        for (int i = 0; i < variables.Length; i++)
        {
            int at = HeaderSize + (i * 12);
            variables[i] = new BtfSectionVariable(Word(at), Word(at + 4), Word(at + 8));
        }

        return variables;
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Id}] {Kind} '{Name}'";

    internal static BtfKind KindOf(uint info) => (BtfKind)(info >> 24 & 0x1f);

    internal static int CountOf(uint info) => (int)(info & 0xffff);

    /// <summary>Bytes that follow the header; -1 for a kind that this build does not know.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int TailSize(uint info)
    {
        int kind = (int)KindOf(info);
        return kind < TailBytes.Length ? TailBytes[kind] + (CountOf(info) * TailBytesOfMember[kind]) : -1;
    }

    // By kind, from void, which is not written, to enum64.
    private static ReadOnlySpan<sbyte> TailBytes => [-1, 4, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 4, 0, 0];

    private static ReadOnlySpan<byte> TailBytesOfMember => [0, 0, 0, 0, 12, 12, 8, 0, 0, 0, 0, 0, 0, 8, 0, 12, 0, 0, 0, 12];

    private uint Info => Word(4);

    private static bool HasSize(BtfKind kind) =>
        kind is BtfKind.Int or BtfKind.Enum or BtfKind.Struct or BtfKind.Union or BtfKind.DataSec or BtfKind.Float or BtfKind.Enum64;

    private uint Part(BtfKind kind)
    {
        Expect(Kind == kind, kind.ToString());
        return Word(HeaderSize);
    }

    private void Expect(bool condition, string what)
    {
        if (!condition) throw new InvalidOperationException($"{this} has no {what}");
    }

    private uint Word(int at) => MemoryMarshal.Read<uint>(_btf.TypeBytes[(_offset + at)..]);
}
