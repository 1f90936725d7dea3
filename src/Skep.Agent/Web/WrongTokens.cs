namespace Skep.Agent.Web;

/// <summary>Counts wrong tokens: who tries many is answered 429. Whoever has the right one is answered all the same.</summary>
/// <param name="milliseconds">A clock.</param>
internal sealed class WrongTokens(Func<long> milliseconds)
{
    /// <summary>How many may come in <see cref="Period"/>.</summary>
    public const int Most = 20;

    /// <summary>The time in which they are counted.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Queue<long> _times = new(Most);

    /// <summary>Counts one.</summary>
    /// <returns>For how many seconds no other is looked at; null while they are.</returns>
    public int? Add()
    {
        long now = milliseconds(), period = (long)Period.TotalMilliseconds;
        lock (_lock)
        {
            while (_times.TryPeek(out long first) && now - first >= period) _times.Dequeue();
            if (_times.Count >= Most) return (int)Math.Ceiling((_times.Peek() + period - now) / 1000.0);
            _times.Enqueue(now);
            return null;
        }
    }
}
