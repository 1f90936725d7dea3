using System.CommandLine;
using System.Text.Json;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Model;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Output;

namespace Skep.Cli.Fleet;

/// <summary><c>skep fleet status</c>.</summary>
internal static class FleetStatusCommand
{
    public static Command Create()
    {
        var where = new FleetOptions();
        Option<string?> group = FleetOptions.Group("Only this group.");
        var status = new SkepCommand("status", "Shows what groups are to enforce, and how many of their agents do.", new(
            FleetCommand.Page,
            new("skep fleet status", "all groups"),
            new("skep fleet status --group web -j", "one, as JSON"))
        { Failed = "failed, or an agent does not enforce what it is to" })
        {
            group,
        };
        where.AddTo(status);
        status.Prints((parsed, form) => where.With(parsed, async (view, stop) =>
        {
            IReadOnlyList<FleetAgentEntry> agents = await view.Agents(stop);
            string? only = parsed.GetValue(group);
            Row[] rows =
            [
                .. (await view.Groups(stop)).Where(one => only is null || one.Group == only)
                    .SelectMany(state => state.Policies.Select(policy => Row.Of(state, policy, agents))),
            ];
            StandardOutput.WriteList(form, rows, Write, Write);
            return rows.All(row => row.Failed + row.Drifted + row.Behind == 0) ? ExitCode.Done : ExitCode.Failed;
        }));
        return status;
    }

    private static void Write(Utf8JsonWriter json, Row row)
    {
        json.WriteStartObject();
        json.WriteString("group", row.State.Group);
        json.WriteNumber("generation", row.State.Generation);
        json.WriteString("time", row.State.Time);
        json.WriteString("policy", row.Policy.Name);
        json.WriteNumber("version", row.Policy.Version);
        if (row.Policy.Wave is { } wave)
        {
            json.WriteStartObject("wave");
            json.WriteString("id", wave.Id);
            json.WriteNumber("version", wave.Version);
            json.WriteStartArray("agents");
            foreach (string agent in wave.Agents) json.WriteStringValue(agent);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteNumber("agents", row.Agents);
        json.WriteNumber("applied", row.Applied);
        json.WriteNumber("trying", row.Trying);
        json.WriteNumber("behind", row.Behind);
        json.WriteNumber("failed", row.Failed);
        json.WriteNumber("drifted", row.Drifted);
        json.WriteNumber("silent", row.Silent);
        json.WriteEndObject();
    }

    private static void Write(TextWriter text, Row row)
    {
        text.Write($"{row.State.Group}  {row.Policy.Name}  version {row.Policy.Version}");
        if (row.Policy.Wave is { } wave) text.Write($"  wave: version {wave.Version} on {wave.Agents.Count}");
        text.Write($"  agents {row.Agents}: {row.Applied} applied");
        (int Count, string What)[] others =
            [(row.Trying, "trying"), (row.Behind, "behind"), (row.Failed, "failed"), (row.Drifted, "drifted"), (row.Silent, "silent")];
        foreach ((int count, string what) in others)
            if (count > 0) text.Write($", {count} {what}");
        text.WriteLine();
    }

    private sealed record Row(
        GroupState State, PolicyTarget Policy, int Agents, int Applied, int Trying, int Behind, int Failed, int Drifted, int Silent)
    {
        public static Row Of(GroupState state, PolicyTarget policy, IReadOnlyList<FleetAgentEntry> all)
        {
            FleetAgentEntry[] agents = [.. all.Where(one => one.Groups.Contains(state.Group))];
            PolicyReport?[] living = [.. agents.Where(one => one.Alive is not null).Select(one => one.Report?.Find(policy.Name))];
            int Count(Func<PolicyReport?, bool> which) => living.Count(which);
            return new(
                state, policy, agents.Length,
                Count(one => one is { State: PolicyStates.Applied or PolicyStates.Returned } && one.Sha256 == policy.Sha256),
                Count(one => one?.State == PolicyStates.Trial),
                Count(one => one is null || (one.State is PolicyStates.Applied or PolicyStates.Returned && one.Sha256 != policy.Sha256)),
                Count(one => one?.State == PolicyStates.Failed),
                Count(one => one?.Drift is not null),
                agents.Count(one => one.Alive is null));
        }
    }
}
