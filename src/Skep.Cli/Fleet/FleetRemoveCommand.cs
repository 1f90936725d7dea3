using System.CommandLine;
using Skep.Agent.Fleet.Model;
using Skep.Cli.Common;
using Skep.Cli.Help;

namespace Skep.Cli.Fleet;

/// <summary><c>skep fleet remove</c>.</summary>
internal static class FleetRemoveCommand
{
    public static Command Create()
    {
        var where = new FleetOptions();
        var policy = new Argument<string>("POLICY") { Description = "The policy." };
        Option<string?> group = FleetOptions.Group("The group.");
        var remove = new SkepCommand("remove", "Has the agents of a group enforce a policy no more; its versions stay.", new(
            FleetCommand.Page,
            new("skep fleet remove edge --group web", "its table leaves the devices"),
            new("skep fleet remove edge --group web --key key.pem --cert cert.pem", "where what groups enforce is signed")))
            {
                policy, group,
            };
        where.AddWithKeyTo(remove);
        remove.Validators.Add(result =>
        {
            if (result.GetResult(group) is null) result.AddError("give --group NAME");
        });
        remove.Prints((parsed, form) => where.With(parsed, async (view, stop) =>
        {
            (string name, string inGroup) = (parsed.GetValue(policy)!, parsed.GetValue(group)!);
            if ((await view.Groups(stop)).FirstOrDefault(one => one.Group == inGroup)?.Find(name) is null)
            {
                return Message.Error(
                    $"removing {name}: group {inGroup} has no such policy (skep fleet status shows those that it has)", ExitCode.Failed);
            }

            GroupState state = await where.Changes(parsed, view).Set(inGroup, name, _ => null, stop);
            StandardOutput.Write(
                form,
                json =>
                {
                    json.WriteStartObject();
                    json.WriteString("policy", name);
                    json.WriteString("group", inGroup);
                    json.WriteNumber("generation", state.Generation);
                    json.WriteEndObject();
                },
                text => text.WriteLine($"group {inGroup} does not enforce {name} any more"));
            return ExitCode.Done;
        }));
        return remove;
    }
}
