using System.Globalization;
using System.Text;
using System.Text.Json;
using Skep.Maps.Typed;

namespace Skep.Debug.Dap.Variables;

/// <summary>Bytes as variables: by their BTF type, or as rows of bytes.</summary>
internal static class ValueTree
{
    private const int RowLength = 16, LongestText = 160;

    /// <summary>A value of a type.</summary>
    public static Variable Typed(string name, TypedValueWriter types, uint type, ReadOnlySpan<byte> bytes, ulong? address = null)
    {
        using var text = new MemoryStream();
        var json = new TypedJson(text, pretty: false);
        types.Write(json, type, bytes);
        json.Flush();
        string? typeName = types.Btf.Resolve(type) is { Name.Length: > 0 } named ? named.Name : null;
        try
        {
            var reader = new Utf8JsonReader(text.GetBuffer().AsSpan(0, (int)text.Length), new JsonReaderOptions { MaxDepth = 256 });
            reader.Read();
            return Read(ref reader, name, text.GetBuffer()) with { Address = address, Type = typeName };
        }
        catch (JsonException)
        {
            return Raw(name, bytes, address);
        }
    }

    /// <summary>Bytes without a type.</summary>
    public static Variable Raw(string name, ReadOnlySpan<byte> bytes, ulong? address = null)
    {
        byte[] all = bytes.ToArray();
        return new Variable(name, Hex(all))
        {
            Address = address,
            Children = all.Length > RowLength ? () => Rows(all, address) : null,
            Count = all.Length > RowLength ? (all.Length + RowLength - 1) / RowLength : null,
        };
    }

    /// <summary>Rows of 16 bytes, by offset.</summary>
    public static IEnumerable<Variable> Rows(byte[] bytes, ulong? address)
    {
        for (int at = 0; at < bytes.Length; at += RowLength)
        {
            byte[] row = bytes[at..Math.Min(at + RowLength, bytes.Length)];
            string text = string.Concat(row.Select(one => one is >= 0x20 and < 0x7f ? (char)one : '.'));
            yield return new Variable(at.ToString("x4", CultureInfo.InvariantCulture), $"{Hex(row)}  {text}")
            {
                Address = address + (ulong)at,
            };
        }
    }

    /// <summary>Bytes as hexadecimal digits, in pairs.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes)
    {
        const int most = 64;
        var text = new StringBuilder();
        foreach (byte one in bytes[..Math.Min(bytes.Length, most)])
            text.Append(text.Length > 0 ? " " : "").Append(one.ToString("x2", CultureInfo.InvariantCulture));
        return bytes.Length > most ? text.Append(" ...").ToString() : text.ToString();
    }

    private static Variable Read(ref Utf8JsonReader reader, string name, byte[] json)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            string scalar = Encoding.UTF8.GetString(reader.ValueSpan);
            return new Variable(name, reader.TokenType == JsonTokenType.String ? Quoted(reader.GetString()!) : scalar);
        }

        bool isObject = reader.TokenType == JsonTokenType.StartObject;
        int start = (int)reader.TokenStartIndex;
        var children = new List<Variable>();
        while (reader.Read() && reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
        {
            string child = $"[{children.Count}]";
            if (isObject)
            {
                child = reader.GetString() is { Length: > 0 } member ? member : "(anonymous)";
                reader.Read();
            }

            children.Add(Read(ref reader, child, json));
        }

        string text = Encoding.UTF8.GetString(json.AsSpan(start, (int)reader.BytesConsumed - start));
        return new Variable(name, text.Length > LongestText ? $"{text[..LongestText]}..." : text)
        {
            Children = children.Count > 0 ? () => children : null,
            Count = isObject || children.Count <= 100 ? null : children.Count,
        };
    }

    // A number that is a string in JSON is one for readers.
    private static string Quoted(string text) => text.StartsWith("0x", StringComparison.Ordinal) ? text : $"\"{text}\"";
}
