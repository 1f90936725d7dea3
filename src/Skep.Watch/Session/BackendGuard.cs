using Skep.Watch.Capture;

namespace Skep.Watch.Session;

/// <summary>Notices that a capture backend sees nothing any more: this process makes calls each second, and it must see them.</summary>
/// <param name="backend">The backend's number.</param>
/// <param name="report">Takes the message, once for each time.</param>
internal sealed class BackendGuard(int backend, Action<string> report)
{
    private ulong? _ownCalls;
    private ulong _missed;
    private bool _isLost;

    /// <summary>
    /// Compares the counters with those of the last time: reading them makes such a call. One that the kernel counted as skipped was met by
    /// a program that is attached.
    /// </summary>
    public void Look(in CaptureCounters now)
    {
        bool isLost = now.OwnCalls == _ownCalls && now.RunsMissed == _missed;
        if (isLost && !_isLost)
            report($"backend {backend} no longer sees system calls: its programs were detached or disabled, and events are lost");
        if (!isLost && _isLost) report($"backend {backend} sees system calls again");
        _isLost = isLost;
        (_ownCalls, _missed) = (now.OwnCalls, now.RunsMissed);
    }
}
