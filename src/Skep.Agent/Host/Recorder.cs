using System.Collections.Concurrent;
using Skep.Agent.Config;
using Skep.Agent.History;
using Skep.Linux.Time;

namespace Skep.Agent.Host;

/// <summary>
/// The thread that writes the database. Events come by their queue, everything else as jobs: whoever has one never waits for the disk.
/// </summary>
internal sealed class Recorder : IDisposable
{
    // A kill may take what was not committed: what comes in this time, and while it is written. A commit costs more than what is in it.
    private static readonly TimeSpan CommitEvery = TimeSpan.FromMilliseconds(700), AliveEvery = TimeSpan.FromMilliseconds(600),
        RetainEvery = TimeSpan.FromMinutes(1);

    private const int MostJobs = 64;

    // Of programs that are all new, each with files of its own, a change of so many takes a fraction of a second.
    private const int EventsAtOnce = 250;

    private readonly HistoryWriter _writer;
    private readonly EventQueue _queue;
    private readonly Func<long> _lost;
    private readonly Action<RunCounters, long> _alive;
    private readonly Action _failed;
    private readonly ConcurrentQueue<(long After, Action<HistoryWriter> Job)> _jobs = new();
    private readonly ManualResetEvent _stop = new(initialState: false);
    private readonly Thread _thread;
    private volatile Retention _retention;
    private Exception? _fault;

    /// <param name="writer">The database.</param>
    /// <param name="queue">Events.</param>
    /// <param name="config">How long history is kept.</param>
    /// <param name="lost">Events that were lost in the kernel.</param>
    /// <param name="alive">Called about each turn with what became of the events, and the time.</param>
    /// <param name="failed">Called when it ends by a fault.</param>
    public Recorder(
        HistoryWriter writer, EventQueue queue, AgentConfig config, Func<long> lost, Action<RunCounters, long> alive, Action failed)
    {
        (_writer, _queue, _lost, _alive, _failed) = (writer, queue, lost, alive, failed);
        _retention = RetentionOf(config);
        _thread = new Thread(Run) { IsBackground = true, Name = "recorder" };
    }

    /// <summary>Begins.</summary>
    public void Start() => _thread.Start();

    /// <summary>Has something stored, after the events that came before it: an alert is never there without its event.</summary>
    /// <returns>Whether it will be: too many wait else.</returns>
    public bool Add(Action<HistoryWriter> job)
    {
        if (_jobs.Count >= MostJobs) return false;
        _jobs.Enqueue((_queue.Entered, job));
        return true;
    }

    /// <summary>Goes by another configuration.</summary>
    public void Use(AgentConfig config) => _retention = RetentionOf(config);

    /// <summary>What became of the events up to now.</summary>
    public RunCounters Counters() => Counters(_writer.Stored, _writer.Dropped);

    /// <summary>Stores what waits, and ends.</summary>
    /// <exception cref="InvalidOperationException">It has ended before, by a fault.</exception>
    public void Stop()
    {
        _stop.Set();
        _thread.Join();
        if (_fault is { } fault) throw new InvalidOperationException($"the recorder ended: {fault.Message}", fault);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Dispose();
        _writer.Dispose();
    }

    private static Retention RetentionOf(AgentConfig config) => new(config.Retention, config.RetentionBytes, config.ProgramsDirectory);

    private void Run()
    {
        try
        {
            TimeSpan alive = TimeSpan.Zero, retain = TimeSpan.Zero;
            var clock = System.Diagnostics.Stopwatch.StartNew();
            WaitHandle[] reasons = [_stop, _queue.IsMany];
            bool areMore = false;
            while (true)
            {
                bool isStopped = WaitHandle.WaitAny(reasons, areMore ? TimeSpan.Zero : CommitEvery) == 0;
                List<QueuedEvent> events = _queue.Take(EventsAtOnce);
                areMore = events.Count == EventsAtOnce;
                bool last = isStopped && !areMore;
                bool isDue = clock.Elapsed >= alive;
                long now = Clocks.UnixNanoseconds();
                if (events.Count > 0 || isDue || last) _writer.Store(events, now, Counters);
                RunJobs(last ? long.MaxValue : _queue.Left);
                if (isDue || last)
                {
                    alive = clock.Elapsed + AliveEvery;
                    _alive(Counters(), now);
                }

                if (clock.Elapsed >= retain)
                {
                    bool isMore = _writer.Retain(_retention, now);
                    retain = clock.Elapsed + (isMore ? TimeSpan.Zero : RetainEvery);
                }

                if (!last) continue;
                _writer.End(Clocks.UnixNanoseconds(), Counters());
                return;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _fault = e;
            _failed();
        }
    }

    private void RunJobs(long left)
    {
        while (_jobs.TryPeek(out (long After, Action<HistoryWriter> Job) next) && next.After <= left && _jobs.TryDequeue(out next))
            next.Job(_writer);
    }

    private RunCounters Counters(long stored, long dropped)
    {
        (long taken, long refused) = _queue.Counts;
        long lost = _lost();
        return new(taken + lost, stored, taken - refused - stored - dropped, lost, refused, dropped);
    }
}
