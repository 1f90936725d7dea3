using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Model;
using Skep.Agent.Fleet.Store;
using Skep.Cli.Common;
using Skep.Cli.Live;

namespace Skep.Cli.Fleet;

/// <summary>What is in the store, read whole whenever something has changed.</summary>
internal sealed class FleetWatchSource(FleetView view, Action<FleetChange> write, Action flush) : ILiveSource, IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, string> _known = [];
    private long _shown;

    public void Run(LiveLimits limits)
    {
        if (limits.Duration is { } duration) _stop.CancelAfter(duration);
        using var changed = new SemaphoreSlim(1, 1);
        Task watch = Task.Run(() => Watch(changed));
        try
        {
            while (_shown < limits.Count)
            {
                changed.Wait(_stop.Token);
                Show(limits.Count);
            }
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            _stop.Cancel();
            watch.GetAwaiter().GetResult();
        }
    }

    public void Stop() => _stop.Cancel();

    public bool Conclude()
    {
        Message.Print($"{_shown} change{(_shown == 1 ? "" : "s")} shown");
        return true;
    }

    public void Dispose() => _stop.Dispose();

    private async Task Watch(SemaphoreSlim changed)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await view.Client.Watch(FleetNames.Root, () =>
                {
                    if (changed.CurrentCount == 0) changed.Release();
                }, _stop.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                await Task.WhenAny(Task.Delay(Again, _stop.Token));
            }
        }
    }

    // Once there is a store again, the watch says so.
    private IReadOnlyList<FleetChange> Read()
    {
        try
        {
            return
            [
                .. view.Groups(_stop.Token).GetAwaiter().GetResult().Select(one => new FleetChange(one, null)),
                .. view.Agents(_stop.Token).GetAwaiter().GetResult().Select(one => new FleetChange(null, one)),
            ];
        }
        catch (Exception e) when (e is FleetException or InvalidDataException)
        {
            Message.Print(e.Message);
            return [];
        }
    }

    private void Show(long most)
    {
        foreach (FleetChange change in Read())
        {
            string text = change.Text();
            if (_known.GetValueOrDefault(change.Key) == text) continue;
            _known[change.Key] = text;
            if (_shown >= most) return;
            write(change);
            _shown++;
        }

        flush();
    }
}
