using System;
using System.Buffers;
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

    // As many are hashed together.
    private const int Together = 64;

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
        var cells = CellsOf(rules);
        cells.AsSpan().Sort();
        var index = new ArrayBufferWriter<byte>(Math.Max(1, cells.Length * CellBytes));
        for (var i = 0; i < cells.Length; i++)
        {
            // Of the same text or id, the first.
            if (i > 0 && cells[i].Digest == cells[i - 1].Digest) continue;
            var cell = index.GetSpan(CellBytes);
            BinaryPrimitives.WriteUInt128BigEndian(cell, cells[i].Digest);
            BinaryPrimitives.WriteUInt32BigEndian(cell[DigestBytes..], cells[i].Place);
            index.Advance(CellBytes);
        }
        return index.WrittenSpan.ToArray();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Two cells for each rule: of its id and of its text.</summary>
    private static Cell[] CellsOf(IReadOnlyList<AppliedRule> rules)
    {
        var alike = rules.Where(r => r.Id.EndsWith("#2", StringComparison.Ordinal)).Select(r => r.Id[..^2]).ToHashSet();
        var cells = new Cell[2 * rules.Count];
        var (names, ends, digests) = (new ArrayBufferWriter<byte>(), new int[2 * Together], new byte[2 * Together * Sha256Digest.Size]);
        for (var first = 0; first < rules.Count; first += Together)
        {
            var count = Math.Min(Together, rules.Count - first);
            names.ResetWrittenCount();
            for (var i = 0; i < 2 * count; i++)
            {
                var rule = rules[first + i / 2];
                WriteName(names, i % 2 == 0 ? rule.Id : rule.Text, isText: i % 2 != 0);
                ends[i] = names.WrittenCount;
            }
            Sha256Digest.Compute(names.WrittenSpan, ends.AsSpan(0, 2 * count), digests);
            for (var i = 0; i < 2 * count; i++)
            {
                var (place, id) = ((uint)(first + i / 2), rules[first + i / 2].Id);
                var isAlike = id.Contains('#', StringComparison.Ordinal) || alike.Contains(id);
                cells[2 * first + i] =
                    new(BinaryPrimitives.ReadUInt128BigEndian(digests.AsSpan(i * Sha256Digest.Size)), isAlike ? place | Alike : place);
            }
        }
        return cells;
    }

    private static void WriteName(ArrayBufferWriter<byte> names, string name, bool isText)
    {
        names.Write(isText ? "text "u8 : "id "u8);
        Encoding.UTF8.GetBytes(name, names);
    }

    private static UInt128 DigestOf(string name, bool isText)
    {
        var written = new ArrayBufferWriter<byte>();
        WriteName(written, name, isText);
        return BinaryPrimitives.ReadUInt128BigEndian(Sha256Digest.Compute(written.WrittenSpan));
    }

    private readonly record struct Cell(UInt128 Digest, uint Place) : IComparable<Cell>
    {
        public int CompareTo(Cell other) => Digest.CompareTo(other.Digest) is not 0 and var order
            ? order : (Place & ~Alike).CompareTo(other.Place & ~Alike);
    }
}
