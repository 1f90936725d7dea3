using System.Text;

namespace Skep.Packets.Values;

/// <summary>
/// Names of network interfaces as values. A name is a number as in nft's type ifname: its bytes, the first one the most significant of 16,
/// and zeros. So a name is above all indexes, and a zero byte is between two names.
/// </summary>
public static class InterfaceName
{
    // IFNAMSIZ with the zero at the end.
    private const int Bytes = 16;

    /// <summary>The kernel's own rule for names, dev_valid_name in net/core/dev.c.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or >= Bytes || text is "." or "..") return false;
        foreach (var c in text)
            if (c is '/' or ':' or <= ' ' or > '~') return false;
        return true;
    }

    /// <summary>Whether a value is a name and not an index.</summary>
    public static bool IsName(UInt128 value) => value > uint.MaxValue;

    public static UInt128 ToValue(ReadOnlySpan<char> name)
    {
        UInt128 value = 0;
        for (var i = 0; i < Bytes; i++) value = (value << 8) | (i < name.Length ? name[i] : (uint)0);
        return value;
    }

    public static string OfValue(UInt128 value)
    {
        var name = new StringBuilder();
        for (var shift = 8 * (Bytes - 1); shift >= 0 && (byte)(value >> shift) is not 0 and var b; shift -= 8) name.Append((char)b);
        return name.ToString();
    }

    /// <summary>Writes a name as rule text: in quotes where it could be taken for something else.</summary>
    public static string Format(UInt128 value)
    {
        var name = OfValue(value);
        var isPlain =
            char.IsAsciiLetter(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') && !IsOperator(name);
        return isPlain ? name : "\"" + name.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
    }

    // Words that mean something between a field and its value.
    private static bool IsOperator(string name) =>
        name is "eq" or "ne" or "lt" or "le" or "gt" or "ge" or "not" or "map" or "vmap" or "timeout";
}
