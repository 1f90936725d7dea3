using Skep.Agent.Alerts.Rules;

namespace Skep.Agent.Alerts.Raise;

/// <summary>
/// Which alerts were raised lately: of a rule on the same, one is sent, and others are counted for as long as the rule says.
/// </summary>
internal sealed class RepeatedAlerts
{
    private const int Most = 10_000;

    private readonly Dictionary<(string Rule, string Subject), Sent> _sent = [];

    /// <summary>Takes an alert.</summary>
    /// <param name="rule">Its rule.</param>
    /// <param name="subject">What it is about.</param>
    /// <param name="timeNs">When it was.</param>
    /// <param name="firstNs">When the one was that it repeats; its own time when it is to be sent.</param>
    /// <returns>Null when it repeats one; else how many were not sent since the last one that was.</returns>
    public long? Take(AlertRule rule, string subject, long timeNs, out long firstNs)
    {
        (string, string) key = (rule.Name, subject);

        // Whichever came first: a clock that was set back is not to keep alerts from being sent until it has caught up.
        if (_sent.TryGetValue(key, out Sent before) && Math.Abs(timeNs - before.TimeNs) < rule.Every.Ticks * 100)
        {
            _sent[key] = before with { Repeated = before.Repeated + 1 };
            firstNs = before.TimeNs;
            return null;
        }

        if (_sent.Count >= Most) Forget();
        _sent[key] = new(timeNs, 0);
        firstNs = timeNs;
        return before.Repeated;
    }

    // The older half: that they are sent once more is better than that there is no bound.
    private void Forget()
    {
        long[] times = [.. _sent.Values.Select(one => one.TimeNs).Order()];
        long middle = times[times.Length / 2];
        foreach ((string, string) key in _sent.Where(one => one.Value.TimeNs <= middle).Select(one => one.Key).ToArray()) _sent.Remove(key);
    }

    private readonly record struct Sent(long TimeNs, long Repeated);
}
