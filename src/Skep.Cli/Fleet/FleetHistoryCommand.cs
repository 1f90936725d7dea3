using System.CommandLine;
using System.Text.Json;
using Skep.Agent.Fleet.Control;
using Skep.Agent.Fleet.Model;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Output;

namespace Skep.Cli.Fleet;

/// <summary><c>skep fleet history</c>.</summary>
internal static class FleetHistoryCommand
{
    public static Command Create()
    {
        var where = new FleetOptions();
        var policy = new Argument<string?>("POLICY") { Description = "Only this policy.", Arity = ArgumentArity.ZeroOrOne };
        const string Description = "Lists the versions of policies: when each was pushed, by whom, which groups enforce it.";
        var history = new SkepCommand("history", Description, new(
            FleetCommand.Page,
            new("skep fleet history", "of all policies"),
            new("skep fleet history edge -j", "of one, as JSON"))) { policy };
        where.AddTo(history);
        history.Prints((parsed, form) => where.With(parsed, async (view, stop) =>
        {
            string? only = parsed.GetValue(policy);
            IReadOnlyList<PolicyVersion> versions = await view.Versions(only, stop);
            if (only is not null && versions.Count == 0)
                return Message.Error(
                    $"reading the history of {SafeText.Escape(only)}: there is no such policy "
                    + "(skep fleet history lists all)", ExitCode.Failed);
            IReadOnlyList<GroupState> groups = await view.Groups(stop);
            StandardOutput.WriteList(
                form, versions,
                (json, one) => Write(json, one, GroupsOf(groups, one)), (text, one) => Write(text, one, GroupsOf(groups, one)));
            return ExitCode.Done;
        }));
        return history;
    }

    private static string[] GroupsOf(IReadOnlyList<GroupState> groups, PolicyVersion version) =>
        [.. groups.Where(group => group.Find(version.Manifest.Name)?.Version == version.Manifest.Version).Select(group => group.Group)];

    private static void Write(Utf8JsonWriter json, PolicyVersion version, string[] groups)
    {
        json.WriteStartObject();
        json.WriteString("policy", version.Manifest.Name);
        json.WriteNumber("version", version.Manifest.Version);
        json.WriteString("sha256", version.Sha256);
        json.WriteString("time", version.Manifest.Time);
        json.WriteString("by", version.Manifest.By);
        json.WriteStartArray("groups");
        foreach (string group in groups) json.WriteStringValue(group);
        json.WriteEndArray();
        json.WriteStartArray("files");
        foreach (FleetFile file in version.Manifest.Files)
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteString("kind", file.Kind);
            json.WriteString("sha256", file.Sha256);
            json.WriteNumber("size", file.Size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(TextWriter text, PolicyVersion version, string[] groups)
    {
        PolicyManifest manifest = version.Manifest;
        string files = string.Join(", ", manifest.Files.Select(file => $"{SafeText.Escape(file.Path)} ({file.Kind}, {file.Size} bytes)"));
        string enforced = groups.Length == 0 ? "" : $"  enforced by {string.Join(", ", groups)}";
        text.WriteLine($"{manifest.Time}  {manifest.Name} {manifest.Version}  {SafeText.Escape(manifest.By)}  {files}{enforced}");
    }
}
