namespace Skep.Watch.Events;

/// <summary>A BTF object. What is not known is null.</summary>
public sealed record BtfDetails
{
    /// <summary>The kernel's id.</summary>
    public uint? Id { get; init; }

    /// <summary>Bytes.</summary>
    public uint? Size { get; init; }

    /// <summary>The verifier's level of log that was asked for; null when none was.</summary>
    public uint? LogLevel { get; init; }

    /// <summary>The log.</summary>
    public string? Log { get; init; }

    /// <summary>The bytes, of small BTF that was asked for and was the same at the call's entry and exit; empty if not.</summary>
    internal ReadOnlyMemory<byte> Bytes { get; init; }

    internal void WriteTo(IFieldWriter writer)
    {
        writer.Begin("btf");
        writer.Number("id", Id);
        writer.Number("size", Size);
        writer.Number("log_level", LogLevel);
        writer.Text("log", Log);
        writer.End();
    }

    internal void WriteTo(ILineWriter lines)
    {
        lines.Line("btf id", Id);
        lines.Line("size", Size is { } size ? $"{size} bytes" : null);
    }
}
