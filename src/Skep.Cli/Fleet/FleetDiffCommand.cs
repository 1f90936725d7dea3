using System.CommandLine;
using System.Text.Json;
using Skep.Agent.Fleet.Content;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Model;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Output;

namespace Skep.Cli.Fleet;

/// <summary><c>skep fleet diff</c>.</summary>
internal static class FleetDiffCommand
{
    public static Command Create()
    {
        var where = new FleetOptions();
        var policy = new Argument<string>("POLICY") { Description = "The policy." };
        var from = new Argument<long?>("FROM")
        {
            Description = "A version; the one before TO by default.", Arity = ArgumentArity.ZeroOrOne,
        };
        var to = new Argument<long?>("TO") { Description = "Another; the last one by default.", Arity = ArgumentArity.ZeroOrOne };
        var diff = new SkepCommand("diff", "Prints the lines that differ between two versions of a policy.", new(
            FleetCommand.Page,
            new("skep fleet diff edge", "what the last version changed"),
            new("skep fleet diff edge 3 5 -j", "of two versions, as JSON"))) { policy, from, to };
        where.AddTo(diff);
        diff.Prints((parsed, form) => where.With(parsed, async (view, stop) =>
        {
            string name = parsed.GetValue(policy)!;
            IReadOnlyList<PolicyVersion> versions = await view.Versions(name, stop);
            PolicyVersion? after = Find(versions, parsed.GetValue(to), _ => true);
            PolicyVersion? before = Find(versions, parsed.GetValue(from), one => one.Manifest.Version < after?.Manifest.Version);
            if (after is null || before is null)
            {
                return Message.Error(
                    $"comparing versions of {SafeText.Escape(name)}: there are {versions.Count} versions, and not two like these "
                    + "(skep fleet history lists them)", ExitCode.Failed);
            }

            var changes = new List<FileChange>();
            IEnumerable<string> paths = before.Manifest.Files.Concat(after.Manifest.Files).Select(file => file.Path).Distinct();
            foreach (string path in paths.Order(StringComparer.Ordinal))
            {
                FleetFile? old = before.Manifest.Files.FirstOrDefault(file => file.Path == path);
                FleetFile? now = after.Manifest.Files.FirstOrDefault(file => file.Path == path);
                if (old?.Sha256 == now?.Sha256) continue;
                byte[] oldBytes = old is null ? [] : await view.Content(old, stop);
                byte[] bytes = now is null ? [] : await view.Content(now, stop);
                changes.Add(new(path, LineDelta.Changes(oldBytes, bytes)));
            }

            StandardOutput.WriteList(form, changes, Write, (text, change) => Write(text, change, before, after));
            return ExitCode.Done;
        }));
        return diff;
    }

    private static PolicyVersion? Find(IReadOnlyList<PolicyVersion> versions, long? number, Func<PolicyVersion, bool> byDefault) =>
        versions.LastOrDefault(one => number is { } wanted ? one.Manifest.Version == wanted : byDefault(one));

    private static void Write(Utf8JsonWriter json, FileChange change)
    {
        json.WriteStartObject();
        json.WriteString("path", change.Path);
        foreach ((string name, bool isAdded) in ((string, bool)[])[("removed", false), ("added", true)])
        {
            json.WriteStartArray(name);
            foreach ((bool added, string line) in change.Lines)
                if (added == isAdded) json.WriteStringValue(line);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void Write(TextWriter text, FileChange change, PolicyVersion before, PolicyVersion after)
    {
        text.WriteLine($"--- {SafeText.Escape(change.Path)} version {before.Manifest.Version}");
        text.WriteLine($"+++ {SafeText.Escape(change.Path)} version {after.Manifest.Version}");
        foreach ((bool added, string line) in change.Lines) text.WriteLine($"{(added ? '+' : '-')}{SafeText.Escape(line)}");
    }

    private sealed record FileChange(string Path, IReadOnlyList<(bool IsAdded, string Line)> Lines);
}
