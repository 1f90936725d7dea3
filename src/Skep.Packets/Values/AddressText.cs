using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Skep.Packets.Values;

/// <summary>Addresses between text and numbers.</summary>
public static class AddressText
{
    /// <summary>Reads a dotted quad as inet_pton does: four decimal parts without leading zeros.</summary>
    public static bool TryParseIpv4(ReadOnlySpan<char> text, out uint value)
    {
        value = 0;
        var parts = 0;
        var at = 0;
        while (parts < 4)
        {
            var start = at;
            var part = 0;
            while (at < text.Length && char.IsAsciiDigit(text[at]) && at - start < 4) part = part * 10 + (text[at++] - '0');
            if (at == start || part > 255 || (at - start > 1 && text[start] == '0')) return false;
            value = (value << 8) | (uint)part;
            parts++;
            if (parts < 4 && (at >= text.Length || text[at++] != '.')) return false;
        }
        return at == text.Length;
    }

    public static bool TryParseIpv6(ReadOnlySpan<char> text, out UInt128 value)
    {
        value = 0;
        if (text.Length is < 2 or > 45 || text.IndexOf(':') < 0 || text.ContainsAnyExcept("0123456789abcdefABCDEF:.")) return false;
        if (text.IndexOf('.') >= 0 && !TryParseIpv4(text[(text.LastIndexOf(':') + 1)..], out _)) return false;
        if (!IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6) return false;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return true;
    }

    public static bool TryParseEther(ReadOnlySpan<char> text, out ulong value)
    {
        value = 0;
        var parts = 0;
        foreach (var range in text.Split(':'))
        {
            var part = text[range];
            if (++parts > 6 || part.Length is < 1 or > 2
                || !byte.TryParse(part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b)) return false;
            value = (value << 8) | b;
        }
        return parts == 6;
    }

    public static string FormatIpv4(uint value)
    {
        Span<char> text = stackalloc char[15];
        var length = 0;
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            ((byte)(value >> shift)).TryFormat(text[length..], out var digits, default, CultureInfo.InvariantCulture);
            length += digits;
            if (shift > 0) text[length++] = '.';
        }
        return new(text[..length]);
    }

    public static string FormatEther(ulong value) => string.Create(CultureInfo.InvariantCulture,
        $"{(value >> 40) & 255:x2}:{(value >> 32) & 255:x2}:{(value >> 24) & 255:x2}:{(value >> 16) & 255:x2}:{(value >> 8) & 255:x2}:"
        + $"{value & 255:x2}");

    /// <summary>
    /// Writes the form of RFC 5952: lower case, the first longest run of two or more zero groups as ::, IPv4-mapped with dots.
    /// </summary>
    public static string FormatIpv6(UInt128 value)
    {
        if (value >> 32 == 0xffff) return "::ffff:" + FormatIpv4((uint)value);
        Span<ushort> groups = stackalloc ushort[8];
        for (var i = 0; i < 8; i++) groups[i] = (ushort)(value >> (112 - 16 * i));
        var (best, bestLength) = (-1, 1);
        for (var i = 0; i < 8; i++)
        {
            var end = i;
            while (end < 8 && groups[end] == 0) end++;
            if (end - i > bestLength) (best, bestLength) = (i, end - i);
            if (end > i) i = end;
        }
        var text = new StringBuilder();
        for (var i = 0; i < 8; i++)
        {
            if (i == best)
            {
                text.Append("::");
                i += bestLength - 1;
                continue;
            }
            if (text.Length > 0 && text[^1] != ':') text.Append(':');
            text.Append(CultureInfo.InvariantCulture, $"{groups[i]:x}");
        }
        return text.ToString();
    }
}
