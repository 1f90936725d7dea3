using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Skep.Maps.Typed;

/// <summary>
/// Writes JSON in bpftool's layout (its json_writer.c): compact, or over several lines with its own indents. Unlike it, strings are escaped
/// as JSON asks.
/// </summary>
/// <param name="output">Where to. Not flushed, not closed.</param>
/// <param name="pretty">Whether over several lines.</param>
public sealed class TypedJson(Stream output, bool pretty)
{
    private const int Capacity = 1 << 16;

    private readonly byte[] _buffer = new byte[Capacity];
    private int _used;
    private int _depth;
    private bool _separate;

    /// <summary>Opens an object.</summary>
    public void StartObject() => Begin((byte)'{');

    /// <summary>Closes it.</summary>
    public void EndObject() => End((byte)'}');

    /// <summary>Opens an array.</summary>
    public void StartArray() => Begin((byte)'[');

    /// <summary>Closes it.</summary>
    public void EndArray() => End((byte)']');

    /// <summary>A member's name; its value follows.</summary>
    public void Name(string name)
    {
        Separate();
        NewLine();
        _separate = false;
        Quote(name);
        Put((byte)':');
        if (pretty) Put((byte)' ');
    }

    /// <summary>A string.</summary>
    public void String(string value)
    {
        Separate();
        Quote(value);
    }

    /// <summary>A number.</summary>
    public void Number(long value)
    {
        Separate();
        Room(20);
        _ = Utf8Formatter.TryFormat(value, _buffer.AsSpan(_used), out int written);
        _used += written;
    }

    /// <summary>A number.</summary>
    public void Number(ulong value)
    {
        Separate();
        Room(20);
        _ = Utf8Formatter.TryFormat(value, _buffer.AsSpan(_used), out int written);
        _used += written;
    }

    /// <summary>A truth value.</summary>
    public void Bool(bool value) => Raw(value ? "true"u8 : "false"u8);

    /// <summary>Nothing.</summary>
    public void Null() => Raw("null"u8);

    /// <summary>A value that is written as it is.</summary>
    public void Raw(ReadOnlySpan<byte> value)
    {
        Separate();
        Put(value);
    }

    /// <summary>A value that is written as it is.</summary>
    public void Raw(string value)
    {
        Separate();
        Put(Encoding.UTF8.GetBytes(value));
    }

    /// <summary>Bytes as bpftool has them: an array of strings, <c>"0x1f"</c>.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        StartArray();
        foreach (byte one in bytes)
        {
            Separate();
            Room(6);
            Span<byte> to = _buffer.AsSpan(_used, 6);
            "\"0x00\""u8.CopyTo(to);
            (to[3], to[4]) = (HexDigit(one >> 4), HexDigit(one & 0xf));
            _used += 6;
        }

        EndArray();
    }

    /// <summary>Bytes as one string of hexadecimal digits.</summary>
    public void Hex(ReadOnlySpan<byte> bytes)
    {
        Separate();
        Put((byte)'"');
        foreach (byte one in bytes)
        {
            Room(2);
            _buffer[_used++] = HexDigit(one >> 4);
            _buffer[_used++] = HexDigit(one & 0xf);
        }

        Put((byte)'"');
    }

    /// <summary>The next value follows at once, without a comma.</summary>
    public void EndValue() => _separate = false;

    /// <summary>The end of a line. The next value begins anew.</summary>
    public void EndLine()
    {
        Put((byte)'\n');
        _separate = false;
    }

    /// <summary>Hands on what was written.</summary>
    /// <exception cref="IOException">The output cannot be written.</exception>
    public void Flush()
    {
        output.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }

    private static byte HexDigit(int value) => (byte)(value < 10 ? '0' + value : 'a' + value - 10);

    private void Begin(byte bracket)
    {
        Separate();
        Put(bracket);
        _depth++;
        _separate = false;
    }

    private void End(byte bracket)
    {
        _depth--;
        if (_separate) NewLine();
        Put(bracket);
        _separate = true;
    }

    private void Separate()
    {
        if (_separate) Put((byte)',');
        _separate = true;
    }

    private void NewLine()
    {
        if (!pretty) return;
        Put((byte)'\n');
        for (int i = 0; i < _depth; i++) Put("    "u8);
    }

    private void Quote(string text)
    {
        Put((byte)'"');
        int plain = text.AsSpan().IndexOfAny(Escaped);
        if (plain < 0 && Ascii.IsValid(text))
        {
            foreach (char c in text) Put((byte)c);
        }
        else
        {
            Put(Encoding.UTF8.GetBytes(Escape(text)));
        }

        Put((byte)'"');
    }

    private static readonly System.Buffers.SearchValues<char> Escaped =
        System.Buffers.SearchValues.Create("\"\\" + string.Concat(Enumerable.Range(0, 32).Append(127).Select(c => (char)c)));

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (char c in text)
        {
            escaped = c switch
            {
                '"' => escaped.Append("\\\""),
                '\\' => escaped.Append(@"\\"),
                '\n' => escaped.Append(@"\n"),
                '\t' => escaped.Append(@"\t"),
                '\r' => escaped.Append(@"\r"),

                // Beside control characters, those that turn or end a line of a terminal.
                < ' ' or '\x7f' or (>= '\x80' and < '\xa0') or (>= '\u2028' and <= '\u202e') =>
                    escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }

    private void Put(byte one)
    {
        Room(1);
        _buffer[_used++] = one;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > Capacity - _used)
        {
            int part = Capacity - _used;
            bytes[..part].CopyTo(_buffer.AsSpan(_used));
            _used += part;
            Flush();
            bytes = bytes[part..];
        }

        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void Room(int bytes)
    {
        if (_used + bytes > Capacity) Flush();
    }
}
