using System.CommandLine;
using System.Text.Json;
using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Health;
using Skep.Agent.Fleet.Model;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Output;

namespace Skep.Cli.Fleet;

/// <summary><c>skep fleet push</c>.</summary>
internal static class FleetPushCommand
{
    public static Command Create()
    {
        var where = new FleetOptions();
        var file = new Argument<string>("FILE|DIR")
        {
            Description = "A rule file, a policy of guard, rules of alerts; or a directory of them.",
        };
        Option<string?> group = FleetOptions.Group("The group whose agents are to enforce it.");
        var name = new Option<string?>("--name")
        {
            Description = "What the policy is called, where it is not the file's name.", HelpName = "NAME",
        };
        var wait = new Option<bool>("--wait") { Description = "Wait until all agents of the group that live enforce it." };
        var canary = new Option<WaveSize[]?>("--canary")
        {
            Description = "Have so many agents try it first, and more in each wave. The command waits.",
            HelpName = "WAVES",
            CustomParser = result =>
            {
                string text = string.Join(',', result.Tokens.Select(token => token.Value));
                WaveSize?[] read = [.. text.Split(',').Select(WaveSize.TryParse)];
                if (!read.Contains(null)) return [.. read.OfType<WaveSize>()];
                result.AddError($"--canary takes {OptionValues.Waves}, not '{text}'");
                return null;
            },
        };
        var health = new Option<string?>("--health")
        {
            Description = "What has to hold of an agent's metrics while it tries it, else it returns: 'METRIC{label=\"value\"} < NUMBER', "
                + "rate(METRIC).",
            HelpName = "EXPR",
        };
        Option<TimeSpan?> soak = Quantities.Time("--soak", "How long each wave has to be well; 30s by default.");
        Option<TimeSpan?> timeout = Quantities.Time("--timeout", "How long agents have to apply it; 60s by default.");
        var push = new SkepCommand(
            "push", "Stores a version of a policy and has the agents of a group enforce it.\nWhat has an error is not stored.", new(
                FleetCommand.Page,
                new("skep fleet push edge.skep --group web", "all agents at once"),
                new("skep fleet push edge.skep --group web --canary 1,10% --soak 60s", "in waves, each for a minute"),
                new("skep fleet push policies --group web --wait --endpoints http://127.0.0.1:2379", "a directory; until all have it"))
            {
                Failed = "failed: the rollout was halted, or agents did not apply it",
                Usage = "wrong usage, or a file has an error",
            }) { file, group, name, wait, canary, health, soak, timeout };
        where.AddWithKeyTo(push);
        push.Validators.Add(result =>
        {
            if (result.GetResult(group) is null) result.AddError("give --group NAME");
            if (result.GetResult(name)?.Tokens.FirstOrDefault() is { } given && !FleetNames.IsName(given.Value))
                result.AddError($"--name takes a name ({FleetNames.Wanted}), not '{given.Value}'");
            if (result.GetResult(canary) is null && (result.GetResult(health) is not null || result.GetResult(soak) is not null))
                result.AddError("--health and --soak are for --canary");
            if (result.GetResult(health)?.Tokens.FirstOrDefault() is { } condition
                && !HealthCondition.TryParse(condition.Value, out _, out string? fault))
                result.AddError($"--health: {fault}");
        });
        push.Prints((parsed, form) =>
        {
            string path = parsed.GetValue(file)!, policy = parsed.GetValue(name) ?? FleetFiles.NameOf(path);
            if (!FleetNames.IsName(policy))
                return Message.Error($"pushing {path}: {policy} is no name of a policy (give --name NAME)", ExitCode.Usage);
            if (FleetFiles.TryRead(path) is not { } read) return ExitCode.Usage;
            var plan = new RolloutPlan(
                parsed.GetValue(canary) ?? [], parsed.GetValue(health), parsed.GetValue(soak) ?? TimeSpan.FromSeconds(30),
                parsed.GetValue(timeout) ?? TimeSpan.FromSeconds(60));
            return where.With(parsed, async (view, stop) =>
            {
                FleetChanges changes = where.Changes(parsed, view);
                PolicyVersion version = await changes.Store(policy, read, $"{Environment.UserName}@{Environment.MachineName}", stop);
                bool waits = parsed.GetValue(wait) || plan.Waves.Count > 0;
                return await Run(view, changes, parsed.GetValue(group)!, version, plan, waits, form, stop);
            });
        });
        return push;
    }

    /// <summary>Brings a version to a group, and prints what became of it.</summary>
    public static async Task<int> Run(
        FleetView view, FleetChanges changes, string group, PolicyVersion version, RolloutPlan plan, bool waits, OutputForm form,
        CancellationToken stop)
    {
        var rollout = new Rollout(view, changes, Message.Print);
        RolloutResult result = await rollout.Run(group, version, plan, stop);
        string? fault = result.Fault;
        if (fault is null && waits) fault = await rollout.AwaitAll(group, version, plan.Timeout, stop);
        string name = version.Manifest.Name;
        PolicyTarget? target = result.State.Find(name);
        StandardOutput.Write(
            form,
            json =>
            {
                json.WriteStartObject();
                json.WriteString("policy", name);
                json.WriteNumber("version", version.Manifest.Version);
                json.WriteString("sha256", version.Sha256);
                json.WriteString("group", group);
                json.WriteNumber("generation", result.State.Generation);
                json.WriteNumber("enforced", target?.Version ?? 0);
                if (fault is not null) json.WriteString("error", fault);
                json.WriteEndObject();
            },
            text =>
            {
                if (result.Fault is null) text.WriteLine($"group {group} enforces version {version.Manifest.Version} of {name}");
            });
        if (fault is null) return ExitCode.Done;
        string then = result.Fault is null ? "it stays the version of the group"
            : target is null ? "the agents that tried it return to none" : $"the agents that tried it return to version {target.Version}";
        return Message.Error($"rolling out version {version.Manifest.Version} of {name}: {fault}; {then}", ExitCode.Failed);
    }
}
