using System.Runtime.InteropServices;
using Skep.Linux.Time;
using Skep.Watch.Events;

namespace Skep.Agent.History;

/// <summary>
/// Events on their way from the watch to the database. It has a bound: what finds no room is dropped and counted, so that neither a slow
/// disk nor a database that is locked ever holds up the watch.
/// </summary>
internal sealed class EventQueue : IEventSink, IDisposable
{
    private const int KnownPrograms = 10_000;

    // What is written at once else.
    private const long ManyBytes = 4 << 20;

    private readonly Lock _lock = new();
    private readonly MemoryStream _buffer = new();
    private readonly JsonEventWriter _json;
    private readonly HashSet<string> _programs = [];
    private readonly long _mostBytes;
    private readonly Func<long> _clock;
    private readonly Dictionary<(string Command, bool Failed), long> _byCommand = [];
    private readonly AutoResetEvent _isMany = new(initialState: false);
    private readonly Queue<QueuedEvent> _waiting = new();
    private long _bytes, _logBytes, _taken, _dropped;

    /// <param name="mostBytes">How many bytes may wait.</param>
    /// <param name="clock">The time, in nanoseconds of Unix time; null for that of the machine.</param>
    public EventQueue(long mostBytes, Func<long>? clock = null)
    {
        (_mostBytes, _clock) = (mostBytes, clock ?? Clocks.UnixNanoseconds);
        _json = new JsonEventWriter(_buffer, withInsns: false);
    }

    /// <summary>Events that came, and those of them that found no room.</summary>
    public (long Taken, long Dropped) Counts
    {
        get
        {
            lock (_lock) return (_taken, _dropped);
        }
    }

    /// <summary>Events that have got room up to now: so many have to leave before all of them have.</summary>
    public long Entered
    {
        get
        {
            lock (_lock) return _taken - _dropped;
        }
    }

    /// <summary>Events that were taken out.</summary>
    public long Left
    {
        get
        {
            lock (_lock) return _taken - _dropped - _waiting.Count;
        }
    }

    /// <summary>Events that came, by command, and whether they failed.</summary>
    public (string Command, bool Failed, long Count)[] ByCommand
    {
        get
        {
            lock (_lock) return [.. _byCommand.Select(one => (one.Key.Command, one.Key.Failed, one.Value))];
        }
    }

    /// <summary>Is set when many wait.</summary>
    public WaitHandle IsMany => _isMany;

    /// <summary>Is given each event with its JSON when it has entered, on the thread of the watch: it must not wait.</summary>
    public Action<BpfEvent, byte[]>? Follower { get; set; }

    /// <inheritdoc/>
    public void Write(BpfEvent e)
    {
        EventRow row = EventRow.Of(e, _json, _buffer, _clock());
        Enter(e, row);
        Follower?.Invoke(e, row.Json);
    }

    /// <summary>The code of a program is not kept any more, or could not be: the next event that has it brings it again.</summary>
    /// <param name="sha256">The program.</param>
    public void Forget(string sha256)
    {
        lock (_lock) _programs.Remove(sha256);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // The recorder takes what waits at its own pace.
    }

    /// <summary>Takes what waits longest.</summary>
    /// <param name="most">How many events at most.</param>
    public List<QueuedEvent> Take(int most = int.MaxValue)
    {
        lock (_lock)
        {
            var taken = new List<QueuedEvent>(Math.Min(most, _waiting.Count));
            while (taken.Count < most && _waiting.TryDequeue(out QueuedEvent one))
            {
                taken.Add(one);
                _bytes -= one.Bytes;
                _logBytes -= LogBytes(one.Carrier);
            }

            return taken;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isMany.Dispose();
        _json.Dispose();
        _buffer.Dispose();
    }

    private static int LogBytes(BpfEvent? carrier) => (carrier?.Program?.Log?.Length ?? 0) * sizeof(char);

    private void Enter(BpfEvent e, EventRow row)
    {
        lock (_lock)
        {
            _taken++;

            // The code goes along once, until it is stored: the row does not hold it. Only loads have a row that it is kept with.
            BpfEvent? carrier = null;
            CodeDetails? code = e.Program?.Code;
            if (e.Command == "prog_load" && code is { IsWhole: true } && row.Sha256 is { } hash)
            {
                if (_programs.Count >= KnownPrograms) _programs.Clear();
                if (_programs.Add(hash)) carrier = e;
            }

            // A few logs of the verifier may be all that the bound allows: they leave half of it to events.
            if (carrier is not null && _logBytes + LogBytes(carrier) > _mostBytes / 2) carrier = EventRow.Shortened(carrier);
            int bytes = row.Bytes + (carrier is null ? 0 : code!.Bytes.Length + LogBytes(carrier));
            // Of commands that this version does not know there may be any number.
            string command = char.IsAsciiDigit(e.Command[0]) ? "other" : e.Command;
            CollectionsMarshal.GetValueRefOrAddDefault(_byCommand, (command, e.Failed), out _)++;
            if (_bytes + bytes > _mostBytes)
            {
                _dropped++;
                if (carrier is not null) _programs.Clear();
                return;
            }

            if (_bytes < ManyBytes && _bytes + bytes >= ManyBytes) _isMany.Set();
            _bytes += bytes;
            _logBytes += LogBytes(carrier);
            _waiting.Enqueue(new(row, carrier, bytes));
        }
    }
}

/// <summary>An event that waits.</summary>
/// <param name="Row">What is stored of it.</param>
/// <param name="Carrier">The event, when its code is to be stored as well.</param>
/// <param name="Bytes">What it counts for in the bound of the queue.</param>
internal readonly record struct QueuedEvent(EventRow Row, BpfEvent? Carrier, int Bytes);
