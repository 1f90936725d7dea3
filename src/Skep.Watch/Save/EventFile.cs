using Skep.Linux.Files;
using Skep.Watch.Events;

namespace Skep.Watch.Save;

/// <summary>When a file of events is put aside.</summary>
/// <param name="Bytes">When it is so long.</param>
/// <param name="Kept">How many are kept beside the current one.</param>
public readonly record struct FileRotation(long Bytes, int Kept);

/// <summary>
/// Writes events to a file, each whole or not at all. Where the file system is full it leaves events out, counts them, and goes on when
/// there is room.
/// </summary>
public sealed class EventFile : IEventSink
{
    private const int BatchBytes = 1 << 16;

    private readonly AppendedFile _file;
    private readonly MemoryStream _batch = new(BatchBytes);
    private readonly IEventSink _writer;
    private readonly FileRotation? _rotation;
    private readonly Action<string> _report;
    private readonly List<int> _ends = [];
    private long _missing, _rotateAt;
    private volatile bool _reopen;

    /// <param name="file">The file.</param>
    /// <param name="writerOn">Makes what turns events into bytes.</param>
    /// <param name="rotation">When the file is put aside; null for never.</param>
    /// <param name="report">Takes what goes wrong, as it does.</param>
    public EventFile(AppendedFile file, Func<Stream, IEventSink> writerOn, FileRotation? rotation, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(writerOn);
        (_file, _rotation, _report) = (file, rotation, report);
        _writer = writerOn(_batch);
        _rotateAt = rotation?.Bytes ?? long.MaxValue;
    }

    /// <summary>How many events found no room.</summary>
    public long Unwritten { get; private set; }

    /// <summary>Has the file opened anew by its name, with the next event or the next look at it; from any thread.</summary>
    public void Reopen() => _reopen = true;

    /// <inheritdoc/>
    public void Write(BpfEvent e)
    {
        _writer.Write(e);
        _writer.Flush();
        _ends.Add((int)_batch.Length);
        if (_batch.Length >= BatchBytes || (_rotation is not null && _file.Length + _batch.Length >= _rotateAt)) Flush();
    }

    /// <inheritdoc/>
    public void Flush()
    {
        _writer.Flush();
        if (_batch.Length > 0) Append();
        if (_reopen)
        {
            _reopen = false;
            Try("opening the file anew", _file.Reopen);
        }

        if (_rotation is { } rotation && _file.Length >= _rotateAt)
        {
            bool isDone = Try("rotating the file", () => _file.Rotate(rotation.Kept));
            _rotateAt = isDone ? rotation.Bytes : _file.Length + rotation.Bytes;
        }
    }

    private void Append()
    {
        int written = TryAppend(0, (int)_batch.Length, out string? reason) ? _ends.Count : AppendWhatFits();
        int missing = _ends.Count - written;
        if (_missing > 0 && missing == 0)
        {
            _report($"there is room again: {_missing} events were left out");
            _missing = 0;
        }

        if (_missing == 0 && missing > 0) _report($"{reason}: events are left out until there is room");
        _missing += missing;
        Unwritten += missing;
        _batch.SetLength(0);
        _ends.Clear();
    }

    private int AppendWhatFits()
    {
        int start = 0;
        for (int i = 0; i < _ends.Count; i++)
        {
            if (!TryAppend(start, _ends[i], out _)) return i;
            start = _ends[i];
        }

        return _ends.Count;
    }

    private bool TryAppend(int start, int end, out string? reason) =>
        _file.TryAppend(_batch.GetBuffer().AsSpan(start, end - start), out reason);

    // The file that is open takes the events: to lose them would be worse.
    private bool Try(string what, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (IOException e)
        {
            _report($"{what}: {e.Message} (events still go to the one that is open)");
            return false;
        }
    }
}
