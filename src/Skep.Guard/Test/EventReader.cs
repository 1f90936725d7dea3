using System.Text.Json;

namespace Skep.Guard.Test;

/// <summary>Reads what <c>skep watch -j</c> wrote, one event after the other.</summary>
/// <param name="stream">The lines.</param>
/// <param name="name">What messages call them.</param>
/// <param name="beforeWait">Called before more is read, which may take until somebody writes it.</param>
internal sealed class EventReader(Stream stream, string name, Action? beforeWait = null)
{
    private const int LongestLine = 64 << 20;

    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;
    private bool _isAtEnd;

    /// <summary>The line that was read last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>The next event; null at the end. Gaps of a history are passed over.</summary>
    /// <exception cref="InvalidDataException">A line is no event.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public SavedEvent? Next()
    {
        while (NextLine(out ReadOnlySpan<byte> line))
        {
            Line++;
            if (line.Trim(" \t\r"u8).IsEmpty) continue;
            SavedEvent e = Read(line) ?? throw NoEvent();
            if (e.Gap is null) return IsEvent(e) ? e : throw NoEvent();
        }

        return null;
    }

    /// <summary>An event; null when a line is none.</summary>
    public static SavedEvent? Parse(ReadOnlySpan<byte> line) => Read(line) is { } e && IsEvent(e) ? e : null;

    private static bool IsEvent(SavedEvent e) => e is { Cmd: not null, Syscall: not null };

    private static SavedEvent? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, SavedEventContext.Default.SavedEvent);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private InvalidDataException NoEvent() =>
        new($"reading {name}: line {Line} is no event (give what skep watch -j wrote: an event on each line)");

    private bool NextLine(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int end = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (end >= 0)
            {
                line = _buffer.AsSpan(_start, searched + end);
                _start += searched + end + 1;
                return true;
            }

            searched = _end - _start;
            if (!_isAtEnd)
            {
                Fill();
                continue;
            }

            line = _buffer.AsSpan(_start, searched);
            _start = _end;
            return searched > 0;
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= LongestLine)
                throw new InvalidDataException($"reading {name}: line {Line + 1} is longer than {LongestLine >> 20} MiB");
            Array.Resize(ref _buffer, Math.Min(2 * _buffer.Length, LongestLine));
        }

        beforeWait?.Invoke();
        int got = stream.Read(_buffer.AsSpan(_end));
        _isAtEnd = got == 0;
        _end += got;
    }
}
