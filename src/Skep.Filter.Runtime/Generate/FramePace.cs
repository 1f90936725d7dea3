namespace Skep.Filter.Runtime.Generate;

/// <summary>How many packets are due by a rate.</summary>
/// <param name="rate">Packets a second; null for as many as go.</param>
public sealed class FramePace(double? rate)
{
    // One system call sends at most so many: a stop is seen after a fraction of a second. Fewer would cost more: the kernel waits for two
    // RCU grace periods in each call, as it changes its dispatcher of XDP programs (net/bpf/test_run.c, bpf_prog_change_xdp).
    private const int MostAtOnce = 1 << 18;

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);

    /// <summary>How many to send now.</summary>
    /// <param name="elapsed">Since the start.</param>
    /// <param name="sent">Packets until now.</param>
    /// <param name="left">Packets that are left.</param>
    public int Due(TimeSpan elapsed, long sent, long left)
    {
        var due = rate is { } wanted ? (long)(wanted * elapsed.TotalSeconds) + 1 - sent : MostAtOnce;
        return (int)Math.Clamp(due, 0, Math.Min(left, MostAtOnce));
    }

    /// <summary>From now until the next one is due, but not less than what is worth a sleep.</summary>
    /// <param name="elapsed">Since the start.</param>
    /// <param name="sent">Packets until now.</param>
    public TimeSpan Wait(TimeSpan elapsed, long sent)
    {
        if (rate is not { } wanted) return TimeSpan.Zero;
        var wait = TimeSpan.FromSeconds(Math.Min(sent / wanted, 1e9)) - elapsed;
        return wait > s_shortest ? wait : s_shortest;
    }
}
