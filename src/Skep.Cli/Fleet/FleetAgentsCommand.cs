using System.CommandLine;
using System.Text.Json;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Model;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Output;

namespace Skep.Cli.Fleet;

/// <summary><c>skep fleet agents</c>.</summary>
internal static class FleetAgentsCommand
{
    public static Command Create()
    {
        var where = new FleetOptions();
        Option<string?> group = FleetOptions.Group("Only agents of this group.");
        var agents = new SkepCommand("agents", "Lists agents, with what each enforces, its errors, and what others changed on it.", new(
            FleetCommand.Page,
            new("skep fleet agents", "all of them"),
            new("skep fleet agents --group web -j", "those of a group, as JSON"))) { group };
        where.AddTo(agents);
        agents.Prints((parsed, form) => where.With(parsed, async (view, stop) =>
        {
            string? only = parsed.GetValue(group);
            FleetAgentEntry[] all = [.. (await view.Agents(stop)).Where(one => only is null || one.Groups.Contains(only))];
            StandardOutput.WriteList(form, all, Write, Write);
            return ExitCode.Done;
        }));
        return agents;
    }

    /// <summary>Writes one as JSON.</summary>
    public static void Write(Utf8JsonWriter json, FleetAgentEntry agent)
    {
        json.WriteStartObject();
        json.WriteString("agent", agent.Id);
        json.WriteBoolean("alive", agent.Alive is not null);
        if (agent.Alive is { } alive)
        {
            if (alive.Host is { } host) json.WriteString("host", host);
            json.WriteString("version", alive.Version);
            json.WriteString("started", alive.Started);
        }

        json.WriteStartArray("groups");
        foreach (string group in agent.Groups) json.WriteStringValue(group);
        json.WriteEndArray();
        if (agent.Fault is { } fault) json.WriteString("fault", fault);
        if (agent.Report is { } report)
        {
            json.WriteString("time", report.Time);
            json.WriteStartArray("policies");
            foreach (PolicyReport policy in report.Policies) Write(json, policy);
            json.WriteEndArray();
            json.WriteStartArray("errors");
            foreach (string error in report.Errors) json.WriteStringValue(error);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>Writes one as text.</summary>
    public static void Write(TextWriter text, FleetAgentEntry agent)
    {
        text.WriteLine($"{agent.Id}  {string.Join(',', agent.Groups)}  {(agent.Alive is null ? "silent" : "alive")}");
        if (agent.Fault is { } fault) text.WriteLine($"  {SafeText.Escape(fault)}");
        foreach (PolicyReport policy in agent.Report?.Policies ?? [])
        {
            text.Write($"  {policy.Name}  version {policy.Version}  {policy.State}");
            if (policy.Error is { } error) text.Write($"  version {policy.FailedVersion}: {SafeText.Escape(error)}");
            if (policy.Drift is { } drift) text.Write($"  drift: {SafeText.Escape(drift)}");
            text.WriteLine();
        }

        foreach (string error in agent.Report?.Errors ?? []) text.WriteLine($"  {SafeText.Escape(error)}");
    }

    private static void Write(Utf8JsonWriter json, PolicyReport policy)
    {
        json.WriteStartObject();
        json.WriteString("policy", policy.Name);
        json.WriteNumber("version", policy.Version);
        json.WriteString("sha256", policy.Sha256);
        json.WriteString("state", policy.State);
        if (policy.FailedVersion > 0) json.WriteNumber("failed_version", policy.FailedVersion);
        if (policy.Error is { } error) json.WriteString("error", error);
        if (policy.Drift is { } drift) json.WriteString("drift", drift);
        if (policy.Wave is { } wave) json.WriteString("wave", wave);
        json.WriteEndObject();
    }
}
