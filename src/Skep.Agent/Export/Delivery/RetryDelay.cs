namespace Skep.Agent.Export.Delivery;

/// <summary>
/// How long to wait after an attempt that failed: twice as long each time, and not the same for all that failed together.
/// </summary>
internal sealed class RetryDelay
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1), Most = TimeSpan.FromMinutes(1), MostAsked = TimeSpan.FromMinutes(10);

    private int _failures;

    /// <summary>An attempt did not fail.</summary>
    public void Reset() => _failures = 0;

    /// <summary>An attempt failed.</summary>
    /// <param name="asked">How long the receiver asks to wait; null when it does not.</param>
    public TimeSpan Next(TimeSpan? asked)
    {
        TimeSpan most = First * Math.Pow(2, Math.Min(_failures++, 16));
        if (most > Most) most = Most;
        if (asked is not { } wanted) return most * (0.5 + Random.Shared.NextDouble() / 2);
        // Not before it, but a little after: others were asked the same.
        wanted = wanted < TimeSpan.Zero ? TimeSpan.Zero : wanted > MostAsked ? MostAsked : wanted;
        return wanted + most * (Random.Shared.NextDouble() / 4);
    }
}
