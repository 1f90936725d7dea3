using System.Text.Json;
using Skep.Agent.Alerts.Rules;
using Skep.Guard.Model;
using Skep.Output;
using Skep.Watch.Events;

namespace Skep.Agent.Alerts.Raise;

/// <summary>A value that was measured.</summary>
/// <param name="Key">Its name in the JSON.</param>
/// <param name="Value">The value.</param>
internal readonly record struct Measured(string Key, double Value);

/// <summary>What a rule reports.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="TimeNs">When it was, in nanoseconds of Unix time.</param>
/// <param name="Subject">What it is about: alerts of a rule on the same are one.</param>
/// <param name="Text">What happened, in a line.</param>
internal sealed record RaisedAlert(AlertRule Rule, long TimeNs, string Subject, string Text)
{
    /// <summary>The machine.</summary>
    public string? Host { get; init; }

    /// <summary>The event, as <c>skep watch -j</c> prints it; null for what was measured.</summary>
    public byte[]? Event { get; init; }

    /// <summary>What is found in the program; null where it has no code here, or cannot be explained.</summary>
    public IReadOnlyList<ProgramFinding>? Findings { get; init; }

    /// <summary>Why <see cref="Findings"/> are missing; null when they are not, or it is no load.</summary>
    public string? NotExplained { get; init; }

    /// <summary>The conditions that could not be judged: the rule may not have matched.</summary>
    public IReadOnlyList<ConditionKind> Undecided { get; init; } = [];

    /// <summary>What was measured.</summary>
    public IReadOnlyList<Measured> Values { get; init; } = [];

    /// <summary>How many alerts of the rule on the same were not sent since the last one that was.</summary>
    public long Repeated { get; init; }

    /// <summary>As one line of JSON.</summary>
    public byte[] ToJson()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, OutputForm.Json.JsonOptions())) WriteTo(json);
        return buffer.ToArray();
    }

    private void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("time", UtcText.Nanoseconds(TimeNs));
        if (Host is { } host) json.WriteString("host", host);
        json.WriteString("rule", Rule.Name);
        json.WriteString("severity", Rule.Severity.ToString().ToLowerInvariant());
        if (Rule.Match.Message is { } message) json.WriteString("message", message);
        json.WriteString("subject", Subject);
        json.WriteString("text", Text);
        if (Repeated > 0) json.WriteNumber("repeated", Repeated);
        foreach (Measured value in Values) json.WriteNumber(value.Key, Math.Round(value.Value, 3));
        if (Undecided.Count > 0)
        {
            json.WriteStartArray("undecided");
            foreach (ConditionKind kind in Undecided) json.WriteStringValue(ConditionInfo.Of(kind).Key);
            json.WriteEndArray();
        }

        if (Findings is { } findings)
        {
            json.WriteStartArray("findings");
            foreach (ProgramFinding finding in findings)
            {
                json.WriteStartObject();
                json.WriteString("name", finding.Name);
                json.WriteString("text", finding.Text);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        if (NotExplained is { } reason) json.WriteString("findings_reason", reason);
        if (Event is { } e)
        {
            json.WritePropertyName("event");
            json.WriteRawValue(e, skipInputValidation: true);
        }

        json.WriteEndObject();
    }
}
