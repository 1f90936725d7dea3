using System.Globalization;
using System.Text;

namespace Skep.Debug.Dap.Wire;

/// <summary>Reads messages: header lines of which one is <c>Content-Length</c>, an empty line, and so many bytes.</summary>
internal sealed class MessageReader(Stream input)
{
    /// <summary>The longest message.</summary>
    public const int MostBytes = 4 << 20;

    private const int MostHeader = 4096;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _at;
    private int _end;

    /// <summary>The next message; empty for one that is longer than the limit and was skipped. Null at the end.</summary>
    /// <exception cref="InvalidDataException">No message begins here, or it ends too early.</exception>
    public byte[]? Read()
    {
        if (Header() is not { } header) return null;
        long length = LengthOf(header);
        if (length > MostBytes)
        {
            for (; length > 0; length--) Next("within a message");
            return [];
        }

        var message = new byte[length];
        for (int i = 0; i < message.Length; i++) message[i] = Next("within a message");
        return message;
    }

    private string? Header()
    {
        var header = new StringBuilder();
        while (true)
        {
            if (header.Length == 0 && _at == _end && !Fill()) return null;
            header.Append((char)Next("within a header"));
            if (header.Length >= 4 && header[^1] == '\n' && header[^2] == '\r' && header[^3] == '\n' && header[^4] == '\r')
                return header.ToString();
            if (header.Length == MostHeader) throw new InvalidDataException($"no header ends within {MostHeader} bytes");
        }
    }

    private static long LengthOf(string header)
    {
        foreach (string line in header.Split("\r\n"))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !line.AsSpan(0, colon).Trim().Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) continue;
            return long.TryParse(line.AsSpan(colon + 1).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long length)
                ? length : throw new InvalidDataException("the header's Content-Length is no number");
        }

        throw new InvalidDataException("the header has no Content-Length");
    }

    private byte Next(string where) =>
        _at < _end || Fill() ? _buffer[_at++] : throw new InvalidDataException($"the input ends {where}");

    private bool Fill()
    {
        (_at, _end) = (0, input.Read(_buffer));
        return _end > 0;
    }
}
