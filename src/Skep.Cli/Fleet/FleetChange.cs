using System.Text.Json;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Model;

namespace Skep.Cli.Fleet;

/// <summary>A group or an agent that is another than before.</summary>
/// <param name="Group">The group; null for an agent.</param>
/// <param name="Agent">The agent; null for a group.</param>
internal sealed record FleetChange(GroupState? Group, FleetAgentEntry? Agent)
{
    /// <summary>Which it is.</summary>
    public string Key => Group is null ? $"agent {Agent!.Id}" : $"group {Group.Group}";

    /// <summary>Its bytes, to see whether it is another.</summary>
    public string Text()
    {
        using var text = new StringWriter();
        Write(text);
        return text.ToString();
    }

    /// <summary>Writes it as text.</summary>
    public void Write(TextWriter text)
    {
        if (Agent is not null)
        {
            FleetAgentsCommand.Write(text, Agent);
            return;
        }

        foreach (PolicyTarget policy in Group!.Policies)
        {
            string wave = policy.Wave is { } one ? $"  wave {one.Id}: version {one.Version} on {one.Agents.Count} agents" : "";
            text.WriteLine($"group {Group.Group}  generation {Group.Generation}  {policy.Name}  version {policy.Version}{wave}");
        }

        if (Group.Policies.Count == 0) text.WriteLine($"group {Group.Group}  generation {Group.Generation}  no policies");
    }

    /// <summary>Writes it as JSON.</summary>
    public void Write(Utf8JsonWriter json)
    {
        if (Agent is not null) FleetAgentsCommand.Write(json, Agent);
        else json.WriteRawValue(FleetJson.Write(Group!));
    }
}
