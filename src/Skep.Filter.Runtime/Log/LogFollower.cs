using Skep.Bpf;
using Skep.Filter.Check;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Time;

namespace Skep.Filter.Runtime.Log;

/// <summary>
/// Follows the log of a table, also through replaces. A table has one follower at a time: a ring buffer has one reader.
/// Not for use by several threads at once, except <see cref="Wake"/>.
/// </summary>
public sealed class LogFollower : IDisposable
{
    private const string Locks = "/run/skep/log";

    // A flood must not keep the reader from what else is due.
    private const int RecordsAtOnce = 256;

    private static readonly TimeSpan RefreshAfter = TimeSpan.FromSeconds(1);

    private readonly TableStore _store;
    private readonly PrivateLock _lock;
    private readonly Dictionary<ulong, LoggedRule> _rules = [];
    private readonly LoggedDevices _devices;
    private readonly HashSet<ulong> _unknown = [];
    private readonly Lock _waking = new();
    private LogMaps _maps;
    private RingBuffer _ring;
    private uint _programId;
    private LogCount _start;
    private LogCount _earlier;
    private LogMaps? _next;
    private long _refreshed;
    private long _boot;

    private LogFollower(TableStore store, PrivateLock file, LogMaps maps, ActingRules rules, Action<string> report)
    {
        (_store, _lock, _maps) = (store, file, maps);
        _devices = new(report);
        _ring = new RingBuffer(maps.Ring);
        _boot = Clocks.BootUnixNanoseconds();
        Learn(rules);
        Begin();
    }

    /// <summary>Whether the table filters no device any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>What was logged since the follower began.</summary>
    public LogCount Count
    {
        get
        {
            var now = _maps.ReadCount();
            return new(_earlier.Sent + now.Sent - _start.Sent, _earlier.Lost + now.Lost - _start.Lost);
        }
    }

    /// <summary>The rules that log, of the table and of its versions that the follower has seen.</summary>
    public IReadOnlyCollection<LoggedRule> Rules => _rules.Values;

    /// <summary>The devices that the table filters.</summary>
    public IReadOnlyCollection<LoggedDevice> Devices => _devices.All;

    /// <summary>Begins to follow a table's log: with the next packet that is logged.</summary>
    /// <param name="table">The table's name.</param>
    /// <param name="report">Takes what was corrected in /run/skep, and which device has another name now.</param>
    /// <returns>Null when no device is filtered by a table of that name.</returns>
    /// <exception cref="InvalidDataException">No rule of it logs, or another follower reads its log.</exception>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static LogFollower? Open(string table, Action<string>? report = null)
    {
        if (!Names.IsIdentifier(table)) return null;
        var store = new TableStore(table);
        using var rules = ActingRules.Open(table);
        if (rules is null) return null;
        report ??= static _ => { };
        var maps = LogMaps.TryOpen(rules.ProgramId)
            ?? throw new InvalidDataException(
                $"following the log of table {table}: none of its rules logs (put log before a rule's verdict)");
        try
        {
            return new(store, TakeLock(table, report), maps, rules, report);
        }
        catch
        {
            maps.Dispose();
            throw;
        }
    }

    /// <summary>Ends the current <see cref="Read"/>, or the next one, from any thread.</summary>
    public void Wake()
    {
        lock (_waking) _ring.Wake();
    }

    /// <summary>Waits for packets and hands some over, oldest first.</summary>
    /// <param name="take">Takes a packet; on false, no more are handed over.</param>
    /// <param name="timeout">How long to wait; a wait may end earlier.</param>
    public void Read(Func<LoggedPacket, bool> take, TimeSpan timeout)
    {
        ArgumentNullException.ThrowIfNull(take);
        _ring.Poll(timeout < RefreshAfter ? timeout : RefreshAfter);
        if (Environment.TickCount64 - _refreshed >= RefreshAfter.TotalMilliseconds) Refresh();
        if (Drain(take, RecordsAtOnce)) Move();
    }

    /// <summary>Hands over what was logged until now, and follows no further.</summary>
    /// <param name="take">Takes a packet; on false, no more are handed over.</param>
    public void ReadRest(Func<LoggedPacket, bool> take)
    {
        ArgumentNullException.ThrowIfNull(take);
        _maps.SetFollowed(false);
        Drain(take, int.MaxValue);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _maps.SetFollowed(false);
        _next?.Dispose();
        _ring.Dispose();
        _maps.Dispose();
        _lock.Dispose();
    }

    private static PrivateLock TakeLock(string table, Action<string> report)
    {
        TableStore.MakeDirectory(Locks, report);
        var path = Path.Combine(Locks, table);
        PrivateLock? taken;
        try
        {
            taken = PrivateLock.Try(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TableStore.Unwritable(path, e);
        }
        return taken
            ?? throw new InvalidDataException(
                $"following the log of table {table}: another skep filter log follows it (a log has one reader at a time; end that one "
                + $"first)");
    }

    /// <summary>Begins with an empty ring: what is left in it was logged for a follower that has gone.</summary>
    private void Begin()
    {
        _ring.Consume(static _ => { });
        _start = _maps.ReadCount();
        _maps.SetFollowed(true);
    }

    /// <summary>Hands over what is in the ring.</summary>
    /// <returns>Whether all of it was taken.</returns>
    private bool Drain(Func<LoggedPacket, bool> take, int most)
    {
        var isOpen = true;
        for (var i = 0; isOpen && i < most; i++)
            if (_ring.Consume(record => isOpen = take(ToPacket(LogRecord.Read(record))), maxRecords: 1) == 0) return true;
        return false;
    }

    private LoggedPacket ToPacket(LogRecord record)
    {
        // The state of a table that has just been applied names no devices at first.
        var isKnown = _rules.ContainsKey(record.Rule) && _devices.Has(record.IfIndex);
        if (!isKnown && _unknown.Add(record.Rule)) Refresh(always: true);
        return new((ulong)_boot + record.Time, _rules.GetValueOrDefault(record.Rule), _devices.NameOf(record.IfIndex), record.Queue,
            record.Length, record.Bytes)
        {
            Start = record.Start,
        };
    }

    /// <summary>Checks whether the table was replaced or removed, and reads the clocks.</summary>
    private void Refresh(bool always = false)
    {
        _refreshed = Environment.TickCount64;
        _boot = Clocks.BootUnixNanoseconds();
        using var rules = ActingRules.Open(_store.Table);
        IsGone = rules is null;
        if (rules is not null && (always || rules.ProgramId != _programId)) Learn(rules);
    }

    /// <summary>
    /// Takes in the rules and devices of a version of the table. Those of earlier ones are kept: their records may still come.
    /// </summary>
    private void Learn(ActingRules rules)
    {
        if (rules.ProgramId != _programId) _unknown.Clear();
        _programId = rules.ProgramId;
        foreach (var rule in rules.State.Rules.Where(r => r.Logs))
            _rules[LogLayout.KeyOf(rule.Id, rule.Text)] = new(rule.Id, rule.Line, rule.Text, rule.Verdict);
        _devices.Learn(rules);
        _next?.Dispose();
        _next = LogMaps.TryOpen(_programId);
    }

    /// <summary>
    /// Goes on with the ring of the program that runs now, where that is another: the one before did not log, or in another layout.
    /// </summary>
    private void Move()
    {
        if (_next is not { } next) return;
        _next = null;
        if (next.Ring.Info.Id == _maps.Ring.Info.Id)
        {
            next.Dispose();
            return;
        }
        _earlier = Count;
        var ring = new RingBuffer(next.Ring);
        lock (_waking) (_ring, ring) = (ring, _ring);
        ring.Dispose();
        _maps.Dispose();
        _maps = next;
        Begin();
    }
}
