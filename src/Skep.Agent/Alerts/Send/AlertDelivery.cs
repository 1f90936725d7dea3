namespace Skep.Agent.Alerts.Send;

/// <summary>
/// Alerts on their way to one target, on a thread of its own. A bounded number waits; what finds no room is dropped and counted.
/// </summary>
internal sealed class AlertDelivery : IDisposable
{
    private const int MostWaiting = 256, MostTries = 6;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(60),
        EndTakes = TimeSpan.FromSeconds(1);

    private readonly IAlertSender _sender;
    private readonly Action<string> _report;
    private readonly Queue<byte[]> _waiting = new();
    private readonly AutoResetEvent _filled = new(initialState: false);
    private readonly CancellationTokenSource _ending = new();
    private readonly Thread _thread;
    private long _sent, _failed, _dropped;
    private bool _isFailing;

    /// <param name="sender">Sends them.</param>
    /// <param name="report">Takes that the target does not take them, and that it does again.</param>
    public AlertDelivery(IAlertSender sender, Action<string> report)
    {
        (_sender, _report) = (sender, report);
        _thread = new Thread(Run) { IsBackground = true, Name = "alert " + sender.Name };
        _thread.Start();
    }

    /// <summary>The name of the target.</summary>
    public string Name => _sender.Name;

    /// <summary>Alerts that were sent, those that the target did not take, those that found no room, and those that wait.</summary>
    public (long Sent, long Failed, long Dropped, long Pending) Counts
    {
        get
        {
            lock (_waiting) return (_sent, _failed, _dropped, _waiting.Count);
        }
    }

    /// <summary>Takes an alert; does not wait.</summary>
    public void Add(byte[] json)
    {
        lock (_waiting)
        {
            if (_waiting.Count >= MostWaiting)
            {
                _dropped++;
                return;
            }

            _waiting.Enqueue(json);
        }

        _filled.Set();
    }

    /// <summary>Ends, after what waits was tried for a moment.</summary>
    public void Dispose()
    {
        _ending.CancelAfter(EndTakes);
        _filled.Set();
        // One that hangs is left to the end of the process.
        if (!_thread.Join(EndTakes * 2)) return;
        _sender.Dispose();
        _filled.Dispose();
        _ending.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            byte[]? json;
            lock (_waiting) _waiting.TryPeek(out json);
            if (json is null)
            {
                if (_ending.IsCancellationRequested || !Wait()) return;
                continue;
            }

            bool sent = Try(json);
            lock (_waiting)
            {
                _waiting.Dequeue();
                if (sent) _sent++;
                else _failed++;
            }
        }
    }

    // False when it ends and nothing waits.
    private bool Wait()
    {
        WaitHandle.WaitAny([_filled, _ending.Token.WaitHandle]);
        lock (_waiting) return _waiting.Count > 0 || !_ending.IsCancellationRequested;
    }

    private bool Try(byte[] json)
    {
        TimeSpan pause = FirstPause;
        for (int left = MostTries; ; left--)
        {
            SendResult result = _sender.Send(json, _ending.Token);
            if (result.Fault is null)
            {
                if (_isFailing) _report($"target {Name} takes alerts again");
                _isFailing = false;
                return true;
            }

            if (!_isFailing) _report($"sending an alert to target {Name}: {result.Fault}");
            _isFailing = true;
            if (!result.IsWorthRetry || left == 1 || _ending.Token.WaitHandle.WaitOne(pause)) return false;
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
