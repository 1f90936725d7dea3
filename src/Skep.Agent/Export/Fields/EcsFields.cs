namespace Skep.Agent.Export.Fields;

/// <summary>The fields of an event under the names of the Elastic Common Schema, where it has one.</summary>
internal static class EcsFields
{
    // https://www.elastic.co/guide/en/ecs/current/ecs-field-reference.html
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
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

    /// <summary>The fields; those that it has no name for are Skep's own.</summary>
    public static IEnumerable<Field> Of(FlatEvent e)
    {
        yield return new("event.kind", new FieldValue.OfText("event"));
        yield return new("event.module", new FieldValue.OfText("skep"));
        yield return new("event.category", new FieldValue.OfList([new FieldValue.OfText("driver")]));
        yield return new("event.outcome", new FieldValue.OfText(e.HasFailed ? "failure" : "success"));
        foreach (Field field in e.Fields)
        {
            // The parent's number is there twice.
            if (field.Name == "parent.pid") continue;
            if (Names.TryGetValue(field.Name, out string? name)) yield return new(name, AsEcs(name, field.Value));
            else yield return field with { Name = FlatEvent.Prefix + field.Name };
        }
    }

    // Ids of users and codes of errors are keywords there.
    private static FieldValue AsEcs(string name, FieldValue value) =>
        name is "user.id" or "error.code" && FlatEvent.TextOf(value) is { } text ? new FieldValue.OfText(text) : value;
}
