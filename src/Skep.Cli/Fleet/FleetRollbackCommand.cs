using System.CommandLine;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Model;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;

namespace Skep.Cli.Fleet;

/// <summary><c>skep fleet rollback</c>.</summary>
internal static class FleetRollbackCommand
{
    public static Command Create()
    {
        var where = new FleetOptions();
        var policy = new Argument<string>("POLICY") { Description = "The policy." };
        Option<string?> group = FleetOptions.Group("The group.");
        var to = new Option<long?>("--to") { Description = "The version; the one before the group's by default.", HelpName = "N" };
        OptionValues.TakePositive(to);
        var wait = new Option<bool>("--wait") { Description = "Wait until all agents of the group that live enforce it." };
        var rollback = new SkepCommand("rollback", "Has the agents of a group enforce an earlier version of a policy.", new(
            FleetCommand.Page,
            new("skep fleet rollback edge --group web", "to the version before"),
            new("skep fleet rollback edge --group web --to 3 --wait", "to version 3, until all have it"))) { policy, group, to, wait };
        where.AddWithKeyTo(rollback);
        rollback.Validators.Add(result =>
        {
            if (result.GetResult(group) is null) result.AddError("give --group NAME");
        });
        rollback.Prints((parsed, form) => where.With(parsed, async (view, stop) =>
        {
            (string name, string inGroup) = (parsed.GetValue(policy)!, parsed.GetValue(group)!);
            PolicyTarget? now = (await view.Groups(stop)).FirstOrDefault(one => one.Group == inGroup)?.Find(name);
            if (now is null)
            {
                return Message.Error(
                    $"rolling back {name}: group {inGroup} has no such policy (skep fleet status shows those that it has)",
                    ExitCode.Failed);
            }

            IReadOnlyList<PolicyVersion> versions = await view.Versions(name, stop);
            long? wanted = parsed.GetValue(to);
            PolicyVersion? version = versions.LastOrDefault(one =>
                wanted is { } number ? one.Manifest.Version == number : one.Manifest.Version < now.Version);
            if (version is null)
            {
                return Message.Error(
                    $"rolling back {name}: there is no version {(wanted is { } number ? $"{number}" : $"before {now.Version}")} "
                    + $"(skep fleet history {name} lists them)", ExitCode.Failed);
            }

            var plan = new RolloutPlan([], null, TimeSpan.Zero, TimeSpan.FromSeconds(60));
            return await FleetPushCommand.Run(
                view, where.Changes(parsed, view), inGroup, version, plan, parsed.GetValue(wait), form, stop);
        }));
        return rollback;
    }
}
