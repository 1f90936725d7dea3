using System.Text.Json;
using Skep.Agent.Alerts.Raise;
using Skep.Agent.Alerts.Send;
using Skep.Agent.Web;

namespace Skep.Agent.Host;

/// <summary>What became of alerts, as the agent says it of itself.</summary>
/// <param name="engine">Raises them.</param>
/// <param name="targets">Sends them.</param>
internal sealed class AlertReport(AlertEngine engine, AlertTargets targets)
{
    /// <summary>As a part of the status.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        (long raised, long unjudged) = engine.Counts;
        json.WriteStartObject("alerts");
        json.WriteNumber("raised", raised);
        json.WriteNumber("events_not_judged", unjudged);
        foreach ((string name, long sent, long failed, long dropped, long pending) in targets.Counts)
        {
            json.WriteStartObject(name);
            json.WriteNumber("sent", sent);
            json.WriteNumber("failed", failed);
            json.WriteNumber("dropped", dropped);
            json.WriteNumber("pending", pending);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>As metrics.</summary>
    public void WriteTo(IMetricWriter text)
    {
        (long raised, long unjudged) = engine.Counts;
        text.Counter("skep_alerts_raised_total", "Alerts that were raised, those that repeat one included.");
        text.Value(raised);
        text.Counter("skep_alerts_events_not_judged_total", "Events that were stored and not judged by the rules of alerts.");
        text.Value(unjudged);
        IReadOnlyList<(string Name, long Sent, long Failed, long Dropped, long Pending)> all = targets.Counts;
        if (all.Count == 0) return;
        text.Counter("skep_alerts_sent_total", "Alerts by what became of them at a target.");
        foreach ((string name, long sent, long failed, long dropped, _) in all)
        {
            text.Value(sent, ("target", name), ("result", "sent"));
            text.Value(failed, ("target", name), ("result", "failed"));
            text.Value(dropped, ("target", name), ("result", "dropped"));
        }

        text.Gauge("skep_alerts_pending", "Alerts that wait for a target.");
        foreach ((string name, _, _, _, long pending) in all) text.Value(pending, ("target", name));
    }
}
