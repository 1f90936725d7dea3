using System.Text;

namespace Skep.Bpf;

/// <summary>Recognises a few names among very many: most are told apart by a hash of their first bytes.</summary>
internal sealed class BtfNameSearch
{
    private const int HashedBytes = 12;
    private const int Places = 4096;

    private readonly bool[] _isWanted = new bool[Places];
    private readonly List<(byte[] Utf8, List<uint> Ids)> _names = [];

    /// <param name="names">The names to recognise.</param>
    public BtfNameSearch(IReadOnlyCollection<string> names)
    {
        foreach (string name in names)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(name + '\0');
            _isWanted[Hash(utf8)] = true;
            _names.Add((utf8, Ids(name)));
        }
    }

    /// <summary>The ids of what was found, by name; empty for a name that was not.</summary>
    public Dictionary<string, List<uint>> Found { get; } = [];

    public void Add(string name, uint id) => Ids(name).Add(id);

    /// <summary>Adds the id of what has this name, if it is wanted.</summary>
    /// <param name="name">The name with its NUL, and whatever is behind it.</param>
    /// <param name="id">The id.</param>
    public void Look(ReadOnlySpan<byte> name, uint id)
    {
        if (!_isWanted[Hash(name)]) return;
        foreach ((byte[] utf8, List<uint> ids) in _names)
            if (name.StartsWith(utf8)) ids.Add(id);
    }

    private List<uint> Ids(string name) => Found.TryGetValue(name, out List<uint>? ids) ? ids : Found[name] = [];

    private static int Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 17;
        for (int i = 0; i < HashedBytes && i < name.Length && name[i] != 0; i++) hash = (hash * 31) + name[i];
        return (int)((hash ^ (hash >> 12)) % Places);
    }
}
