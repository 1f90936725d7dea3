using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace Skep.Bpf;

/// <summary>
/// Recognises a few types among very many by their names: structs, unions and enumerations, most of which a hash of the first bytes tells
/// apart, and functions.
/// </summary>
internal sealed class BtfNameSearch
{
    private const int PlaceBits = 12;
    private const uint Named = 1u << (int)BtfKind.Struct | 1u << (int)BtfKind.Union | 1u << (int)BtfKind.Enum | 1u << (int)BtfKind.Enum64;

    private readonly bool[] _isWanted = new bool[1 << PlaceBits];
    private readonly List<(byte[] Utf8, List<uint> Ids)> _names = [];
    private readonly List<(uint NameOffset, List<uint> Ids)> _functions = [];

    /// <param name="types">The names of structs, unions and enumerations.</param>
    public BtfNameSearch(IReadOnlyCollection<string> types)
    {
        foreach (string name in types)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(name + '\0');
            _isWanted[Place(utf8)] = true;
            _names.Add((utf8, Ids(name)));
        }
    }

    /// <summary>The ids of what was found, by name; empty for a name that was not.</summary>
    public Dictionary<string, List<uint>> Found { get; } = [];

    /// <summary>Most types are functions: their names are not read, but where the wanted ones are is known before.</summary>
    public void AddFunction(string name, uint nameOffset) => _functions.Add((nameOffset, Ids(name)));

    /// <summary>Adds a type, if it is wanted.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="nameOffset">Its name.</param>
    /// <param name="id">Its id.</param>
    /// <param name="strings">The strings of its BTF.</param>
    /// <param name="stringBase">The offset of their first.</param>
    public void Look(BtfKind kind, uint nameOffset, uint id, ReadOnlySpan<byte> strings, uint stringBase)
    {
        if (kind == BtfKind.Func)
        {
            foreach (ref readonly (uint NameOffset, List<uint> Ids) function in CollectionsMarshal.AsSpan(_functions))
                if (function.NameOffset == nameOffset) function.Ids.Add(id);
        }
        else if ((1u << (int)kind & Named) != 0 && nameOffset - stringBase < (uint)strings.Length)
        {
            ReadOnlySpan<byte> name = strings[(int)(nameOffset - stringBase)..];
            if (!_isWanted[Place(name)]) return;
            foreach ((byte[] utf8, List<uint> ids) in _names)
                if (name.StartsWith(utf8)) ids.Add(id);
        }
    }

    private List<uint> Ids(string name) => Found.TryGetValue(name, out List<uint>? ids) ? ids : Found[name] = [];

    // Of the first eight bytes, or of those before a NUL.
    private static int Place(ReadOnlySpan<byte> name)
    {
        ulong start = 0;
        if (name.Length >= sizeof(ulong)) start = MemoryMarshal.Read<ulong>(name);
        else name.CopyTo(MemoryMarshal.AsBytes(new Span<ulong>(ref start)));
        ulong nul = start - 0x0101_0101_0101_0101 & ~start & 0x8080_8080_8080_8080;
        if (nul != 0) start &= (1ul << (BitOperations.TrailingZeroCount(nul) & ~7)) - 1;
        return (int)(start * 0x9e37_79b9_7f4a_7c15 >> (64 - PlaceBits));
    }
}
