namespace Skep.Agent.Export.Otlp;

/// <summary>Who sends: the agent of a machine.</summary>
/// <param name="Host">The name of the machine; null when it is not known.</param>
/// <param name="Version">The version of skep.</param>
/// <param name="StartedNs">When the agent began, in nanoseconds of Unix time.</param>
internal sealed record ResourceInfo(string? Host, string Version, long StartedNs)
{
    private const string Name = "skep";

    /// <summary>Writes a Resource (opentelemetry/proto/resource/v1/resource.proto).</summary>
    public void WriteResource(ProtoWriter proto, int field)
    {
        int resource = proto.Begin(field);
        Attributes.Write(proto, 1, "service.name", Name);
        Attributes.Write(proto, 1, "service.version", Version);
        if (Host is { } host) Attributes.Write(proto, 1, "host.name", host);
        Attributes.Write(proto, 1, "os.type", "linux");
        proto.End(resource);
    }

    /// <summary>Writes an InstrumentationScope (opentelemetry/proto/common/v1/common.proto).</summary>
    public void WriteScope(ProtoWriter proto, int field)
    {
        int scope = proto.Begin(field);
        proto.Text(1, Name);
        proto.Text(2, Version);
        proto.End(scope);
    }
}
