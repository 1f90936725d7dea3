using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Skep.Maps.Typed;

namespace Skep.Maps.Tap;

/// <summary>A field of records, as the code of the program that sends them stores it.</summary>
/// <param name="Name">Its name, from the program's source lines or BTF; else by its offset: <c>at_8</c>.</param>
/// <param name="Offset">Bytes from the record's start.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Form">What it is by its type, or by the helper that stores it.</param>
public readonly record struct LayoutField(string Name, int Offset, int Size, FieldForm Form);

/// <summary>
/// How the records of a map are laid out, by the code of all programs that use it. A record is identified by its length: a length that two
/// layouts have, or that a sender of varying lengths may have, has none.
/// </summary>
public sealed class RecordLayouts
{
    private readonly IReadOnlyDictionary<int, LayoutField[]> _byLength;

    /// <param name="byLength">The fields of records, by the length of the record in bytes.</param>
    public RecordLayouts(IReadOnlyDictionary<int, LayoutField[]> byLength) => _byLength = byLength;

    /// <summary>The lengths that have a layout.</summary>
    public IEnumerable<int> Lengths => _byLength.Keys;

    /// <summary>
    /// Writes a record's fields as an object: text where the type or a helper says so, numbers of up to 8 bytes with their sign, else
    /// hexadecimal digits.
    /// </summary>
    /// <returns>False when records of this length have no layout: nothing is written.</returns>
    internal bool TryWrite(TypedJson json, ReadOnlySpan<byte> record, Action before)
    {
        if (!_byLength.TryGetValue(record.Length, out LayoutField[]? fields)) return false;
        before();
        json.StartObject();
        foreach (LayoutField field in fields)
        {
            json.Name(field.Name);
            WriteValue(json, record.Slice(field.Offset, field.Size), field.Form);
        }

        json.EndObject();
        return true;
    }

    private static void WriteValue(TypedJson json, ReadOnlySpan<byte> bytes, FieldForm form)
    {
        int end = form == FieldForm.Text ? bytes.IndexOf((byte)0) : -1;
        if (end >= 0 && !bytes[..end].ContainsAnyExceptInRange((byte)0x20, (byte)0x7e)) json.String(Encoding.ASCII.GetString(bytes[..end]));
        else if (bytes.Length is not (1 or 2 or 4 or 8)) json.Hex(bytes);
        else if (form == FieldForm.Signed)
            json.Number(
                bytes.Length switch
                {
                    1 => (sbyte)bytes[0],
                    2 => MemoryMarshal.Read<short>(bytes),
                    4 => MemoryMarshal.Read<int>(bytes),
                    _ => MemoryMarshal.Read<long>(bytes)
                });
        else json.Number(
            bytes.Length switch
            {
                1 => bytes[0],
                2 => MemoryMarshal.Read<ushort>(bytes),
                4 => MemoryMarshal.Read<uint>(bytes),
                _ => MemoryMarshal.Read<ulong>(bytes)
            });
    }
}
