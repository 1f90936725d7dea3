using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Skep.Bpf;

namespace Skep.Maps.Typed;

/// <summary>
/// Writes values by their BTF type, as bpftool does (btf_dumper.c). Where its JSON would be none (a quote as a character, a forward type)
/// or wrong (a truth value read with its neighbours), this writes what is there. Bytes that are missing are <c>null</c>.
/// </summary>
/// <param name="btf">The types.</param>
/// <param name="plain">For a reader rather than a parser: pointers, characters and bit-fields are not quoted.</param>
public sealed class TypedValueWriter(Btf btf, bool plain)
{
    private const int DeepestType = 64;

    private readonly Dictionary<uint, BtfMember[]> _members = [];
    private readonly Dictionary<uint, BtfEnumerator[]> _enumerators = [];
    private int _depth;

    /// <summary>The types.</summary>
    public Btf Btf => btf;

    /// <summary>Writes one value.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="typeId">Its type.</param>
    /// <param name="bytes">Its bytes, in the machine's order; more than the type's size is not looked at.</param>
    public void Write(TypedJson json, uint typeId, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(json);
        Write(json, typeId, bytes, 0);
    }

    private void Write(TypedJson json, uint typeId, ReadOnlySpan<byte> bytes, int bitOffset)
    {
        if (++_depth > DeepestType || typeId >= btf.EndId)
        {
            json.Null();
            _depth--;
            return;
        }

        BtfType type = btf.Resolve(typeId);
        switch (type.Kind)
        {
            case BtfKind.Int:
                WriteInt(json, type, bytes, bitOffset);
                break;
            case BtfKind.Struct or BtfKind.Union:
                WriteMembers(json, type, bytes);
                break;
            case BtfKind.Array:
                WriteArray(json, type.Array, bytes);
                break;
            case BtfKind.Enum or BtfKind.Enum64:
                WriteEnum(json, type, bytes);
                break;
            case BtfKind.Ptr:
                WritePointer(json, bytes);
                break;
            case BtfKind.Float:
                WriteFloat(json, type.Size, bytes);
                break;
            case BtfKind.Var:
                json.StartObject();
                json.Name(type.Name);
                Write(json, type.TypeId, bytes, 0);
                json.EndObject();
                break;
            case BtfKind.DataSec:
                WriteSection(json, type, bytes);
                break;
            default:
                json.Null();
                break;
        }

        _depth--;
    }

    private void WriteMembers(TypedJson json, BtfType type, ReadOnlySpan<byte> bytes)
    {
        if (!_members.TryGetValue(type.Id, out BtfMember[]? members)) _members[type.Id] = members = type.GetMembers();
        json.StartObject();
        foreach (BtfMember member in members)
        {
            json.Name(member.Name);
            ReadOnlySpan<byte> at = From(bytes, member.BitOffset / 8);
            int bits = (int)(member.BitOffset % 8);
            if (member.BitFieldSize != 0) WriteBits(json, at, bits, (int)member.BitFieldSize);
            else Write(json, member.TypeId, at, bits);
        }

        json.EndObject();
    }

    private void WriteSection(TypedJson json, BtfType type, ReadOnlySpan<byte> bytes)
    {
        json.StartObject();
        json.Name(type.Name);
        json.StartArray();
        foreach (BtfSectionVariable variable in type.GetVariables()) Write(json, variable.TypeId, From(bytes, variable.Offset), 0);
        json.EndArray();
        json.EndObject();
    }

    private void WriteArray(TypedJson json, BtfArrayShape shape, ReadOnlySpan<byte> bytes)
    {
        if (TryText(shape, bytes, out string text))
        {
            json.String(text);
            return;
        }

        long size = btf.SizeOf(shape.ElementTypeId);
        json.StartArray();
        for (long i = 0; i < shape.Count; i++)
        {
            // What a type promises beyond the bytes is not written: it may be four billion elements.
            ReadOnlySpan<byte> element = From(bytes, i * size);
            if (element.IsEmpty || (size == 0 && i >= bytes.Length)) break;
            Write(json, shape.ElementTypeId, element, 0);
        }

        json.EndArray();
    }

    // As bpftool: printable characters and a NUL after them; a typedef of char is none.
    private bool TryText(BtfArrayShape shape, ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        BtfType element = btf[shape.ElementTypeId];
        while (element.Kind is BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag) element = btf[element.TypeId];
        if (element.Kind != BtfKind.Int || element.Size != 1 || (!element.Int.IsChar && element.Name != "char")) return false;
        ReadOnlySpan<byte> all = bytes[..(int)Math.Min(shape.Count, (uint)bytes.Length)];
        int end = all.IndexOf((byte)0);
        if (end < 0 || all[..end].ContainsAnyExceptInRange((byte)0x20, (byte)0x7e)) return false;
        text = System.Text.Encoding.ASCII.GetString(all[..end]);
        return true;
    }

    private void WriteInt(TypedJson json, BtfType type, ReadOnlySpan<byte> bytes, int bitOffset)
    {
        BtfIntEncoding encoding = type.Int;
        int bits = encoding.Bits;
        if (bitOffset != 0 || encoding.Offset != 0 || bits % 8 != 0)
        {
            int offset = bitOffset + encoding.Offset;
            WriteBits(json, From(bytes, offset / 8), offset % 8, bits);
            return;
        }

        if (bytes.Length < bits / 8)
        {
            json.Null();
            return;
        }

        ulong value = Bits(bytes, bits);
        switch (bits)
        {
            case 8 when encoding.IsChar:
                WriteChar(json, bytes[0]);
                break;
            case 8 or 16 or 32 or 64 when encoding.IsBool:
                json.Bool(value != 0);
                break;
            case 8 or 16 or 32 or 64 when encoding.IsSigned:
                json.Number(SignExtended(value, bits));
                break;
            case 8 or 16 or 32 or 64:
                json.Number(value);
                break;
            default:
                WriteBits(json, bytes, 0, bits);
                break;
        }
    }

    private void WriteChar(TypedJson json, byte value)
    {
        if (value is >= 0x20 and < 0x7f) json.String(((char)value).ToString());
        else if (plain) json.Raw($"0x{value:x}");
        else json.Raw($"\"\\u00{value:x2}\"");
    }

    /// <summary>A bit-field, or an integer of an uncommon size, up to 128 bits: hexadecimal.</summary>
    private void WriteBits(TypedJson json, ReadOnlySpan<byte> bytes, int offset, int count)
    {
        int needed = (offset + count + 7) / 8;
        if (count is 0 or > 128 || needed > 16 || bytes.Length < needed)
        {
            json.Null();
            return;
        }

        Span<byte> whole = stackalloc byte[16];
        whole.Clear();
        bytes[..needed].CopyTo(whole);
        UInt128 value = BinaryPrimitives.ReadUInt128LittleEndian(whole) << (128 - offset - count) >> (128 - count);
        string text = string.Create(CultureInfo.InvariantCulture, $"0x{value:x}");
        json.Raw(plain ? text : $"\"{text}\"");
    }

    private void WriteEnum(TypedJson json, BtfType type, ReadOnlySpan<byte> bytes)
    {
        int bits = (int)type.Size * 8;
        if (bits is not (8 or 16 or 32 or 64) || bytes.Length < type.Size)
        {
            json.Null();
            return;
        }

        if (!_enumerators.TryGetValue(type.Id, out BtfEnumerator[]? enumerators))
            _enumerators[type.Id] = enumerators = type.GetEnumerators();
        ulong value = Bits(bytes, bits), mask = ulong.MaxValue >> (64 - bits);
        foreach (BtfEnumerator enumerator in enumerators)
        {
            if (((ulong)enumerator.Value & mask) != value) continue;
            json.String(enumerator.Name);
            return;
        }

        // Before Linux 6.1's BTF an enumeration of 32 bits does not say whether it is signed.
        if (type.Kind == BtfKind.Enum64 && !type.Flag) json.Number(value);
        else json.Number(SignExtended(value, bits));
    }

    private void WritePointer(TypedJson json, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(ulong))
        {
            json.Null();
            return;
        }

        ulong value = MemoryMarshal.Read<ulong>(bytes);
        if (!plain) json.Number(value);
        else json.Raw(value == 0 ? "(nil)" : string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));
    }

    private static void WriteFloat(TypedJson json, uint size, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < size || size is not (4 or 8))
        {
            json.Null();
            return;
        }

        double value = size == 4 ? MemoryMarshal.Read<float>(bytes) : MemoryMarshal.Read<double>(bytes);
        string text = size == 4 ? ((float)value).ToString(CultureInfo.InvariantCulture) : value.ToString(CultureInfo.InvariantCulture);
        if (double.IsFinite(value)) json.Raw(text);
        else json.String(text);
    }

    private static ReadOnlySpan<byte> From(ReadOnlySpan<byte> bytes, long offset) =>
        offset >= bytes.Length ? default : bytes[(int)offset..];

    private static ulong Bits(ReadOnlySpan<byte> bytes, int bits) => bits switch
    {
        8 => bytes[0],
        16 => MemoryMarshal.Read<ushort>(bytes),
        32 => MemoryMarshal.Read<uint>(bytes),
        64 => MemoryMarshal.Read<ulong>(bytes),
        _ => 0,
    };

    private static long SignExtended(ulong value, int bits) => (long)value << (64 - bits) >> (64 - bits);
}
