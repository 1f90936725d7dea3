using System.Globalization;

namespace Skep.Packets.Values;

/// <summary>Why a word is not a value of its type.</summary>
public enum ValueError
{
    None,

    /// <summary>It is not written as a value of the type.</summary>
    Form,

    /// <summary>It is a number beyond the field's width.</summary>
    Range,

    /// <summary>It is a range whose end is before its start.</summary>
    Order,

    /// <summary>It is a prefix longer than the address, or of a type that has none.</summary>
    Prefix,
}

/// <summary>Field values between text and numbers: single values, ranges and prefixes.</summary>
public static class ValueText
{
    public static ValueError TryParse(ReadOnlySpan<char> word, DataType type, Interval domain, out UInt128 value)
    {
        value = 0;
        var style = DataTypeInfo.Of(type).Style;
        switch (style)
        {
            case ValueStyle.Ipv4:
                var isIpv4 = AddressText.TryParseIpv4(word, out var ipv4);
                value = ipv4;
                return isIpv4 ? ValueError.None : ValueError.Form;
            case ValueStyle.Ipv6:
                return AddressText.TryParseIpv6(word, out value) ? ValueError.None : ValueError.Form;
            case ValueStyle.Ether:
                var isEther = AddressText.TryParseEther(word, out var ether);
                value = ether;
                return isEther ? ValueError.None : ValueError.Form;
            case ValueStyle.Interface when !IsNumberOrRange(word):
                var isName = InterfaceName.IsValid(word);
                if (isName) value = InterfaceName.ToValue(word);
                return isName ? ValueError.None : ValueError.Form;
        }
        if (style != ValueStyle.Names && TryParseDigits(word, out var number))
        {
            value = number;
            return domain.Contains(value) ? ValueError.None : ValueError.Range;
        }
        if (ValueNames.TryGetValue(type, word, out value)) return ValueError.None;
        return style == ValueStyle.Names ? ValueError.Form : TryParseNumber(word, domain, out value);
    }

    /// <summary>Reads a value, a range <c>a-b</c> or a prefix <c>address/length</c>.</summary>
    /// <param name="word">The text, without spaces.</param>
    /// <param name="type">How it is written.</param>
    /// <param name="bits">The field's width.</param>
    /// <param name="domain">All values of the field.</param>
    /// <param name="interval">The values.</param>
    /// <param name="hostBits">True when a prefix had bits set behind its length.</param>
    /// <returns>What is wrong with the word, if anything is.</returns>
    public static ValueError TryParseInterval(ReadOnlySpan<char> word, DataType type, int bits, Interval domain, out Interval interval,
        out bool hostBits)
    {
        hostBits = false;
        var error = TryParse(word, type, domain, out var low);
        interval = new(low, low);
        if (error == ValueError.None) return error;

        // A name may hold dashes.
        if (DataTypeInfo.Of(type).Style == ValueStyle.Interface && !IsNumberOrRange(word)) return error;
        if (word.IndexOf('/') is > 0 and var slash) return TryParsePrefix(word, slash, type, bits, domain, out interval, out hostBits);

        // A name may hold dashes itself, so each dash is tried as the range's.
        for (var dash = word.IndexOf('-'); dash > 0 && dash < word.Length - 1;)
        {
            var lowError = TryParse(word[..dash], type, domain, out low);
            var highError = TryParse(word[(dash + 1)..], type, domain, out var high);
            if (lowError == ValueError.None && highError == ValueError.None)
            {
                interval = new(low, high);
                return high < low ? ValueError.Order : ValueError.None;
            }
            if (lowError == ValueError.Range || highError == ValueError.Range) error = ValueError.Range;
            var next = word[(dash + 1)..].IndexOf('-');
            if (next < 0) break;
            dash += next + 1;
        }
        return error;
    }

    private static bool IsNumberOrRange(ReadOnlySpan<char> word) =>
        !word.ContainsAnyExcept("0123456789-") && word.ContainsAnyInRange('0', '9');

    private static ValueError TryParsePrefix(ReadOnlySpan<char> word, int slash, DataType type, int bits, Interval domain,
        out Interval interval, out bool hostBits)
    {
        interval = default;
        hostBits = false;
        var error = TryParse(word[..slash], type, domain, out var address);
        if (error != ValueError.None) return error;
        if (!DataTypeInfo.Of(type).HasPrefixes) return ValueError.Prefix;
        var digits = word[(slash + 1)..];
        if (digits.Length is 0 or > 3 || digits.ContainsAnyExceptInRange('0', '9')) return ValueError.Form;
        var length = int.Parse(digits, CultureInfo.InvariantCulture);
        if (length > bits) return ValueError.Prefix;
        interval = Interval.FromPrefix(address, length, bits);
        hostBits = interval.Low != address;
        return ValueError.None;
    }

    /// <summary>Most values are a few digits, which are no name.</summary>
    private static bool TryParseDigits(ReadOnlySpan<char> word, out ulong number)
    {
        const int most = 18;
        number = 0;
        if (word.Length is 0 or > most) return false;
        foreach (var c in word)
        {
            if (!char.IsAsciiDigit(c)) return false;
            number = 10 * number + (ulong)(c - '0');
        }
        return true;
    }

    private static ValueError TryParseNumber(ReadOnlySpan<char> word, Interval domain, out UInt128 value)
    {
        value = 0;
        var isHex = word.StartsWith("0x") || word.StartsWith("0X");
        var digits = isHex ? word[2..] : word;
        if (digits.IsEmpty || digits.ContainsAnyExcept(isHex ? "0123456789abcdefABCDEF" : "0123456789")) return ValueError.Form;
        digits = digits.TrimStart('0');
        if (digits.Length > 16) return ValueError.Range;
        if (!digits.IsEmpty)
            value = UInt128.Parse(digits, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture);
        return domain.Contains(value) ? ValueError.None : ValueError.Range;
    }

    public static string Format(UInt128 value, DataType type) => DataTypeInfo.Of(type).Style switch
    {
        ValueStyle.Ipv4 => AddressText.FormatIpv4((uint)value),
        ValueStyle.Ipv6 => AddressText.FormatIpv6(value),
        ValueStyle.Ether => AddressText.FormatEther((ulong)value),
        ValueStyle.Flags => FormatFlags((byte)value),
        ValueStyle.Interface when InterfaceName.IsName(value) => InterfaceName.Format(value),
        ValueStyle.NumberOnly => value.ToString(CultureInfo.InvariantCulture),
        ValueStyle.Hex4 => ValueNames.NameOf(type, value) ?? string.Create(CultureInfo.InvariantCulture, $"0x{(ushort)value:x4}"),
        ValueStyle.Hex2 => ValueNames.NameOf(type, value) ?? string.Create(CultureInfo.InvariantCulture, $"0x{(byte)value:x2}"),
        _ => ValueNames.NameOf(type, value) ?? value.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Writes a range as the words of an element list: one word, or several where values have names.</summary>
    public static IEnumerable<string> Format(Interval interval, DataType type, int bits)
    {
        if (interval.IsSingle) return [Format(interval.Low, type)];
        if (DataTypeInfo.Of(type).HasPrefixes && interval.TryGetPrefix(bits, out var length))
            return [string.Create(CultureInfo.InvariantCulture, $"{Format(interval.Low, type)}/{length}")];
        if (DataTypeInfo.Of(type).Style is ValueStyle.Flags or ValueStyle.Names || IsNamedThroughout(interval, type))
            return Values(interval).Select(v => Format(v, type));
        return [FormatRange(interval, type)];
    }

    /// <summary>Writes a range as one word, with numbers where the type's names would hide the range's dash.</summary>
    public static string FormatRange(Interval interval, DataType type) => DataTypeInfo.Of(type).Style switch
    {
        ValueStyle.Ipv4 or ValueStyle.Ipv6 or ValueStyle.Ether => $"{Format(interval.Low, type)}-{Format(interval.High, type)}",
        ValueStyle.Hex4 => string.Create(CultureInfo.InvariantCulture, $"0x{(ushort)interval.Low:x4}-0x{(ushort)interval.High:x4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{interval.Low}-{interval.High}"),
    };

    /// <summary>Writes a range as one word for an element of several parts, where it can't be split.</summary>
    public static string FormatPart(Interval interval, DataType type, int bits)
    {
        if (interval.IsSingle) return Format(interval.Low, type);
        if (DataTypeInfo.Of(type).HasPrefixes && interval.TryGetPrefix(bits, out var length))
            return string.Concat(Format(interval.Low, type), "/", length.ToString(CultureInfo.InvariantCulture));
        return DataTypeInfo.Of(type).Style == ValueStyle.Names
            ? $"{Format(interval.Low, type)}-{Format(interval.High, type)}"
            : FormatRange(interval, type);
    }

    private static bool IsNamedThroughout(Interval interval, DataType type) =>
        interval.High - interval.Low < 8
        && Values(interval).All(v => ValueNames.NameOf(type, v) is not null);

    private static IEnumerable<UInt128> Values(Interval interval)
    {
        for (var value = interval.Low; value <= interval.High; value++) yield return value;
    }

    public static string FormatFlags(byte flags)
    {
        if (flags == 0) return "0";
        return string.Join('|', ValueNames.TcpFlags.Where(f => (flags & f.Value) != 0).Select(f => f.Name));
    }

    /// <summary>What a value of the type looks like, for messages.</summary>
    public static string Describe(DataType type, Interval domain) =>
        DataTypeInfo.Of(type).Description ?? string.Create(CultureInfo.InvariantCulture, $"a number from 0 to {domain.High}");
}
