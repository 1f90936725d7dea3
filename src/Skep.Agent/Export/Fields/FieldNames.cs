namespace Skep.Agent.Export.Fields;

/// <summary>What the fields of an event are called where they go.</summary>
/// <param name="isEcs">Whether names of the Elastic Common Schema are used where it has one.</param>
internal sealed class FieldNames(bool isEcs)
{
    /// <summary>Before a name of Skep's own.</summary>
    public const string Prefix = "skep.";

    // https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html
    private static readonly Dictionary<string, string> Ecs = new(StringComparer.Ordinal)
    {
        ["cmd"] = "event.action",
        ["seq"] = "event.sequence",
        ["duration_ns"] = "event.duration",
        ["error"] = "error.code",
        ["host"] = "host.hostname",
        ["pid"] = "process.pid",
        ["tid"] = "process.thread.id",
        ["comm"] = "process.name",
        ["exe"] = "process.executable",
        ["argv"] = "process.args",
        ["ppid"] = "process.parent.pid",
        ["parent.comm"] = "process.parent.name",
        ["uid"] = "user.id",
        ["container"] = "container.id",
        ["container_name"] = "container.name",
        ["pod"] = "orchestrator.resource.name",
        ["pod_namespace"] = "orchestrator.namespace",
        ["prog.sha256"] = "file.hash.sha256",
    };

    // Events have some hundred different fields; what is beyond is named anew each time.
    private const int MostKept = 1024;

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <summary>The fields under the names that were chosen.</summary>
    public IEnumerable<Field> Of(FlatEvent e)
    {
        if (isEcs)
        {
            yield return new("event.kind", new FieldValue.OfText("event"));
            yield return new("event.module", new FieldValue.OfText("skep"));
            yield return new("event.category", new FieldValue.OfList([new FieldValue.OfText("driver")]));
            yield return new("event.outcome", new FieldValue.OfText(e.HasFailed ? "failure" : "success"));
        }

        foreach (Field field in e.Fields)
        {
            // The parent's number is there twice.
            if (isEcs && field.Name == "parent.pid") continue;
            if (isEcs && Ecs.TryGetValue(field.Name, out string? name)) yield return new(name, AsEcs(name, field.Value));
            else yield return field with { Name = Prefixed(field.Name) };
        }
    }

    private string Prefixed(string name)
    {
        if (_names.TryGetValue(name, out string? prefixed)) return prefixed;
        prefixed = Prefix + name;
        if (_names.Count < MostKept) _names.Add(name, prefixed);
        return prefixed;
    }

    // Ids of users and codes of errors are keywords there.
    private static FieldValue AsEcs(string name, FieldValue value) =>
        name is "user.id" or "error.code" && FlatEvent.TextOf(value) is { } text ? new FieldValue.OfText(text) : value;
}
