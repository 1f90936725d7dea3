using System.CommandLine;
using Skep.Agent.Fleet.Control;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Cli.Options;
using Skep.Output;

namespace Skep.Cli.Fleet;

/// <summary><c>skep fleet prune</c>.</summary>
internal static class FleetPruneCommand
{
    private const int Kept = 10;

    public static Command Create()
    {
        var where = new FleetOptions();
        var policy = new Argument<string?>("POLICY") { Description = "Only this policy.", Arity = ArgumentArity.ZeroOrOne };
        var keep = new Option<int?>("--keep")
        {
            Description = $"How many of the newest versions of each policy stay in any case; {Kept} by default.", HelpName = "N",
        };
        OptionValues.TakePositive(keep);
        var dryRun = new Option<bool>("--dry-run") { Description = "Print what would be removed, and remove nothing." };
        var prune = new SkepCommand("prune", "Removes old versions that no group enforces, and contents that no version has.", new(
            FleetCommand.Page,
            new("skep fleet prune --dry-run", "what would be removed"),
            new("skep fleet prune --keep 20", "all but the last 20 of each policy"),
            new("skep fleet prune edge", "of one policy"))) { policy, keep, dryRun };
        where.AddTo(prune);
        prune.Prints((parsed, form) => where.With(parsed, async (view, stop) =>
        {
            (string? only, bool isDry) = (parsed.GetValue(policy), parsed.GetValue(dryRun));
            if (only is not null && (await view.Versions(only, stop)).Count == 0)
            {
                return Message.Error(
                    $"removing old versions of {SafeText.Escape(only)}: there is no such policy (skep fleet history lists all)",
                    ExitCode.Failed);
            }

            PrunedStore pruned = await new FleetPruning(view).Run(only, parsed.GetValue(keep) ?? Kept, isDry, stop);
            StandardOutput.Write(
                form,
                json =>
                {
                    json.WriteStartObject();
                    json.WriteBoolean("dry_run", isDry);
                    json.WriteStartArray("versions");
                    foreach (PolicyVersion one in pruned.Versions)
                    {
                        json.WriteStartObject();
                        json.WriteString("policy", one.Manifest.Name);
                        json.WriteNumber("version", one.Manifest.Version);
                        json.WriteString("sha256", one.Sha256);
                        json.WriteEndObject();
                    }

                    json.WriteEndArray();
                    json.WriteNumber("contents", pruned.Contents);
                    json.WriteEndObject();
                },
                text => Write(text, pruned, isDry ? "would be removed" : "removed"));
            return ExitCode.Done;
        }));
        return prune;
    }

    private static string Count(int number, string what) => $"{number} {what}{(number == 1 ? "" : "s")}";

    private static void Write(TextWriter text, PrunedStore pruned, string what)
    {
        foreach (PolicyVersion one in pruned.Versions)
            text.WriteLine($"version {one.Manifest.Version} of {one.Manifest.Name} {what}");
        text.WriteLine($"{Count(pruned.Versions.Count, "version")} and {Count(pruned.Contents, "content")} {what}");
    }
}
