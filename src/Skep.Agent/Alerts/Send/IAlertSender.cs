namespace Skep.Agent.Alerts.Send;

/// <summary>Sends alerts to one target. Used by one thread.</summary>
internal interface IAlertSender : IDisposable
{
    /// <summary>The name of the target.</summary>
    string Name { get; }

    /// <summary>Sends an alert, and waits until it is taken.</summary>
    /// <param name="json">The alert.</param>
    /// <param name="end">Ends the waiting.</param>
    /// <returns>What became of it.</returns>
    SendResult Send(byte[] json, CancellationToken end);
}

/// <summary>What became of sending an alert.</summary>
/// <param name="Fault">Why it was not taken; null when it was.</param>
/// <param name="IsWorthRetry">Whether it may be taken later.</param>
internal readonly record struct SendResult(string? Fault, bool IsWorthRetry)
{
    /// <summary>It was taken.</summary>
    public static SendResult Sent { get; } = new(null, false);
}
