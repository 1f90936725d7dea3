using System.Diagnostics;

namespace Skep.Agent.Export.Delivery;

/// <summary>
/// Sends records from a bounded queue. While the receiver fails or is slow they go to a bounded spool, which outlives the process. It has a
/// thread of its own, so that neither the receiver nor the disk holds up anything else.
/// </summary>
internal sealed class Exporter : IDisposable
{
    // An attempt fits into the smallest spool that can be configured; what goes there otherwise fits into what is left of one.
    private const long QueueBytes = 8 << 20, BatchBytes = 512 << 10, SpoolPart = 64 << 10;
    private const int BatchItems = 2000, WakeAt = 1000;

    // A kill takes what has waited in memory no longer than this.
    private static readonly TimeSpan MayWait = TimeSpan.FromSeconds(1), Tick = TimeSpan.FromMilliseconds(250);
    // A request costs about as much as what is in it: few records wait for others.
    private static readonly TimeSpan SendEvery = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan EndTakes = TimeSpan.FromSeconds(1), SpoolAgain = TimeSpan.FromSeconds(2);

    private readonly ExportAccount _account = new();
    private readonly ExportQueue _queue;
    private readonly ExportSpool _spool;
    private readonly Action<string> _report;
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly CancellationTokenSource _ending = new();
    private readonly RetryDelay _delay = new();
    private readonly Thread _thread;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private IExportTarget? _target, _nextTarget;
    private bool _isFailing, _spoolFails;
    private Batch? _batch;
    private Task<SendResult>? _sending;
    private TimeSpan _begun, _nextTry, _nextSpool;

    /// <param name="name">Its name, as the status has it.</param>
    /// <param name="spool">Takes what waits for long.</param>
    /// <param name="report">Takes what goes wrong.</param>
    public Exporter(string name, ExportSpool spool, Action<string> report)
    {
        (Name, _spool, _report) = (name, spool, report);
        _queue = new(_account, QueueBytes);
        _account.Recovered(spool.Records);
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Whether it has somewhere to send to.</summary>
    public bool IsOn { get; private set; }

    /// <summary>What became of the records.</summary>
    public ExportCounters Counters => _account.Read(_spool.Bytes);

    /// <summary>Begins, or goes on with another target.</summary>
    /// <param name="target">Where records go; null for nowhere: what waits is kept.</param>
    /// <param name="spoolBytes">How many bytes may wait on disk.</param>
    public void Use(IExportTarget? target, long spoolBytes)
    {
        _spool.MostBytes = spoolBytes;
        IsOn = target is not null;
        Interlocked.Exchange(ref _nextTarget, target ?? NoTarget.Instance)?.Dispose();
        if (_thread.ThreadState.HasFlag(System.Threading.ThreadState.Unstarted)) _thread.Start();
        _wake.Set();
    }

    /// <summary>Adds records; never waits.</summary>
    public void Add(in ExportItem item)
    {
        if (!IsOn) return;
        _queue.Add(item);
        if (_queue.Records >= WakeAt) _wake.Set();
    }

    /// <summary>Has it end. What it cannot send soon goes to the spool.</summary>
    public void BeginStop() => _stop.Set();

    /// <summary>Waits until it has ended.</summary>
    public void Join()
    {
        if (!_thread.ThreadState.HasFlag(System.Threading.ThreadState.Unstarted)) _thread.Join();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        BeginStop();
        Join();
        _target?.Dispose();
        _nextTarget?.Dispose();
        _stop.Dispose();
        _wake.Dispose();
        _ending.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            int woken = WaitHandle.WaitAny([_stop, _wake], Tick);
            if (woken == 0) break;
            Turn(mayWait: true);
        }

        TimeSpan end = _clock.Elapsed + EndTakes;
        while (_clock.Elapsed < end && !_isFailing)
        {
            Turn(mayWait: false);
            if (_sending is null && _batch is null) break;
            WaitHandle.WaitAny([_wake], TimeSpan.FromMilliseconds(20));
        }

        End();
    }

    private void Turn(bool mayWait)
    {
        if (_sending is { IsCompleted: true }) Settle();
        if (_sending is null && Interlocked.Exchange(ref _nextTarget, null) is { } next)
        {
            _target?.Dispose();
            _target = next;
            _said = null;
            Recovers();
        }

        bool isDue = _clock.Elapsed >= _nextTry && (!mayWait || _clock.Elapsed >= _begun + SendEvery || _queue.Records >= WakeAt
            || _batch is not null || _spool.Oldest is not null);
        if (_sending is null && isDue && IsOn) Begin();
        bool isSlow = _sending is not null && _clock.Elapsed - _begun > MayWait;
        if (isSlow || _isFailing || !IsOn || _spool.Oldest is not null) Spool();
    }

    // What is in the spool is older than what is in memory.
    private void Begin()
    {
        if (_batch is null && _spool.Oldest is { } file)
        {
            try
            {
                _batch = new Batch(_spool.Read(file), file);
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                _report($"{Name}: {e.Message} (its {file.Records} records are dropped)");
                _account.Dropped(file.Records, DropCause.Damaged, fromSpool: true);
                _spool.Remove(file);
                _wake.Set();
                return;
            }
        }

        if (_batch is null && _queue.Peek(BatchBytes, BatchItems) is { Count: > 0 } items) _batch = new Batch(items, null);
        if (_batch is null) return;
        _begun = _clock.Elapsed;
        _sending = _target!.Send(_batch.Rest, _ending.Token);
        _sending.ContinueWith(
            _ => _wake.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void Settle()
    {
        // A fault of a target would come again with the same records.
        SendResult result = _sending!.IsFaulted
            ? new SendResult(SendOutcome.Refused, _sending.Exception.InnerException?.Message) : _sending.GetAwaiter().GetResult();
        _sending = null;
        Batch batch = _batch!;
        if (result.Outcome == SendOutcome.Later)
        {
            if (result.ItemsSent > 0) Leave(batch, result.ItemsSent, result.Rejected, DropCause.Rejected, isTaken: true);
            if (batch.Rest.Count == 0) Finish(batch);
            if (!_ending.IsCancellationRequested) Fails(result);
            return;
        }

        bool isTaken = result.Outcome == SendOutcome.Taken;
        if (result.Error is { } error) _account.Failed(error);
        if (!isTaken) Say($"refuses records, which are dropped: {result.Error}");
        else if (result.Rejected > 0) Say($"rejects {result.Rejected} records, which are dropped: {result.Error}");
        else if (result.Error is null) Recovers();
        Leave(batch, batch.Rest.Count, result.Rejected, DropCause.Refused, isTaken);
        Finish(batch);
        _isFailing = false;
        _delay.Reset();
        // More may wait.
        _wake.Set();
    }

    private void Leave(Batch batch, int items, long rejected, DropCause cause, bool isTaken)
    {
        long records = batch.Rest.Take(items).Sum(item => (long)item.Records);
        bool fromSpool = batch.File is not null;
        if (isTaken) _account.Exported(records, rejected, fromSpool);
        else _account.Dropped(records, cause, fromSpool);
        if (batch.File is { } file) file.Records -= records;
        else _queue.Remove(items);
        batch.Rest = [.. batch.Rest.Skip(items)];
        batch.HasChanged = true;
    }

    private void Finish(Batch batch)
    {
        if (batch.File is { } file) _spool.Remove(file);
        _batch = null;
    }

    private void Fails(SendResult result)
    {
        string error = result.Error ?? "it does not answer";
        _account.Failed(error);
        Say($"fails: {error} (records wait in the spool until it does not)");
        _isFailing = true;
        _nextTry = _clock.Elapsed + _delay.Next(result.RetryAfter);
    }

    // All that waits in memory: each item is in the order that it came in.
    private void Spool()
    {
        if (_clock.Elapsed < _nextSpool) return;
        if (_batch is { File: null } batch)
        {
            batch.File = Spool(batch.Rest, alone: true);
            if (batch.File is null) return;
            batch.HasChanged = false;
        }

        while (_queue.Peek(SpoolPart, BatchItems) is { Count: > 0 } items)
            if (Spool(items, alone: false) is null) return;
    }

    private SpoolFile? Spool(IReadOnlyList<ExportItem> items, bool alone)
    {
        SpoolFile? file = _spool.Append(items, alone, out string? reason);
        _queue.SpoolIsFull = file is null;
        if (file is null)
        {
            if (!_spoolFails)
                _report($"{Name}: the spool takes no more: {reason} (records wait in memory, and are dropped when too many do)");
            _spoolFails = true;
            _nextSpool = _clock.Elapsed + SpoolAgain;
            return null;
        }

        _spoolFails = false;
        _account.Spooled(items.Sum(item => (long)item.Records));
        _queue.Remove(items.Count);
        return file;
    }

    private void End()
    {
        _ending.Cancel();
        if (_sending is { } sending)
        {
            Task.WaitAny(sending);
            Settle();
        }

        if (_batch is { File: { } file, HasChanged: true }) _spool.Replace(file, _batch.Rest);
        _nextSpool = TimeSpan.Zero;
        Spool();
        ExportCounters left = Counters;
        if (left.Waiting > 0) _account.Dropped(left.Waiting, DropCause.Spool, fromSpool: false);
        left = Counters;
        if (left.Pending > 0) _report($"{Name}: {left.Pending} records wait in the spool for the next agent");
    }

    // Once, until what it says is over.
    private string? _said;

    private void Say(string what)
    {
        if (_said is null) _report($"{Name}: the receiver {what}");
        _said = what;
    }

    private void Recovers()
    {
        if (_said is not null) _report($"{Name}: the receiver takes records again");
        _said = null;
        _isFailing = false;
        _nextTry = TimeSpan.Zero;
        _delay.Reset();
    }

    private sealed class Batch(IReadOnlyList<ExportItem> items, SpoolFile? file)
    {
        public IReadOnlyList<ExportItem> Rest { get; set; } = items;

        public SpoolFile? File { get; set; } = file;

        public bool HasChanged { get; set; }
    }

    private sealed class NoTarget : IExportTarget
    {
        public static readonly NoTarget Instance = new();

        public Task<SendResult> Send(IReadOnlyList<ExportItem> items, CancellationToken stop) =>
            Task.FromResult(new SendResult(SendOutcome.Later));

        public void Dispose()
        {
        }
    }
}
