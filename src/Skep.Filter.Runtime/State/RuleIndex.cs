using System.Buffers.Binary;
using System.Text;
using Skep.Isa;
using Skep.Linux.Files;

namespace Skep.Filter.Runtime.State;

/// <summary>
/// Finds rules by their id or their text without reading them all: a file of digests in their order, each with the place of its rule.
/// </summary>
internal sealed class RuleIndex : IDisposable
{
    private const int DigestBytes = 16, CellBytes = DigestBytes + sizeof(uint);

    // Rules that are alike are numbered in their order: another rule gets the id when one of them is deleted.
    private const uint Alike = 1u << 31;

    private readonly PrivateLines _file;

    private RuleIndex(PrivateLines file) => _file = file;

    /// <summary>How long it is.</summary>
    internal long Bytes => _file.Length;

    /// <summary>Opens an index.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="InvalidDataException">Others may have written it.</exception>
    internal static RuleIndex? Open(string path) => PrivateLines.Open(path) is { } file ? new(file) : null;

    /// <summary>The place of a rule of the table as it was compiled, by its id or by its text; -1 for none.</summary>
    /// <param name="name">The id or the text.</param>
    /// <param name="isText">Whether it is the text.</param>
    /// <param name="isAlike">Whether there are, or may be, rules of the same meaning.</param>
    internal int Find(string name, bool isText, out bool isAlike)
    {
        var wanted = DigestOf(name, isText);
        Span<byte> cell = stackalloc byte[CellBytes];
        var (low, high) = (0L, _file.Length / CellBytes);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            _file.Read(middle * CellBytes, cell);
            var digest = BinaryPrimitives.ReadUInt128BigEndian(cell);
            if (digest == wanted)
            {
                var place = BinaryPrimitives.ReadUInt32BigEndian(cell[DigestBytes..]);
                isAlike = (place & Alike) != 0;
                return (int)(place & ~Alike);
            }
            if (digest < wanted) low = middle + 1;
            else high = middle;
        }
        isAlike = false;
        return -1;
    }

    /// <summary>Makes the index of some rules.</summary>
    internal static byte[] Make(IReadOnlyList<AppliedRule> rules)
    {
        var ids = rules.Select(r => r.Id).ToHashSet();
        var places = new Dictionary<UInt128, uint>(2 * rules.Count);
        for (var i = 0; i < rules.Count; i++)
        {
            var isAlike = rules[i].Id.Contains('#', StringComparison.Ordinal) || ids.Contains(rules[i].Id + "#2");
            var place = (uint)i | (isAlike ? Alike : 0);
            places.TryAdd(DigestOf(rules[i].Id, isText: false), place);
            places.TryAdd(DigestOf(rules[i].Text, isText: true), place);
        }
        var keys = places.Keys.ToArray();
        Array.Sort(keys);
        var index = new byte[keys.Length * CellBytes];
        for (var i = 0; i < keys.Length; i++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(index.AsSpan(i * CellBytes), keys[i]);
            BinaryPrimitives.WriteUInt32BigEndian(index.AsSpan(i * CellBytes + DigestBytes), places[keys[i]]);
        }
        return index;
    }

    public void Dispose() => _file.Dispose();

    private static UInt128 DigestOf(string name, bool isText) =>
        BinaryPrimitives.ReadUInt128BigEndian(Sha256Digest.Compute(Encoding.UTF8.GetBytes((isText ? "text " : "id ") + name)));
}
