using Skep.Agent.Alerts.Rules;

namespace Skep.Agent.Alerts.Send;

/// <summary>Sends alerts to the targets that their rules name.</summary>
/// <param name="report">Takes what goes wrong.</param>
internal sealed class AlertTargets(Action<string> report) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<(AlertTarget Target, AlertDelivery Delivery)> _deliveries = [];

    /// <summary>What became of the alerts of each target.</summary>
    public IReadOnlyList<(string Name, long Sent, long Failed, long Dropped, long Pending)> Counts
    {
        get
        {
            lock (_lock)
            {
                return
                [
                    .. _deliveries.Select(one =>
                    {
                        (long sent, long failed, long dropped, long pending) = one.Delivery.Counts;
                        return (one.Delivery.Name, sent, failed, dropped, pending);
                    }),
                ];
            }
        }
    }

    /// <summary>Makes what sends to a target.</summary>
    public static IAlertSender SenderOf(AlertTarget target) => target switch
    {
        CommandTarget command => new CommandSender(command),
        WebhookTarget webhook => new WebhookSender(webhook),
        _ => throw new ArgumentException($"no sender for {target}", nameof(target)),
    };

    /// <summary>Goes by other targets from now on; those that stay keep what waits.</summary>
    public void Use(IReadOnlyList<AlertTarget> targets)
    {
        List<AlertDelivery> gone;
        lock (_lock)
        {
            gone = [.. _deliveries.Where(one => !targets.Any(target => IsSame(target, one.Target))).Select(one => one.Delivery)];
            _deliveries.RemoveAll(one => gone.Contains(one.Delivery));
            foreach (AlertTarget target in targets)
                if (!_deliveries.Exists(one => IsSame(target, one.Target))) _deliveries.Add((target, new(SenderOf(target), report)));
        }

        gone.ForEach(one => one.Dispose());
    }

    /// <summary>Sends an alert; does not wait.</summary>
    /// <param name="names">The targets; null for all.</param>
    /// <param name="json">The alert.</param>
    public void Send(IReadOnlyList<string>? names, byte[] json)
    {
        lock (_lock)
        {
            foreach ((_, AlertDelivery delivery) in _deliveries)
                if (names is null || names.Contains(delivery.Name)) delivery.Add(json);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Use([]);

    private static bool IsSame(AlertTarget one, AlertTarget other) => (one, other) switch
    {
        (CommandTarget a, CommandTarget b) => a.Name == b.Name && a.Arguments.SequenceEqual(b.Arguments),
        _ => one == other,
    };
}
