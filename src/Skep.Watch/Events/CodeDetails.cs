using Skep.Isa;

namespace Skep.Watch.Events;

/// <summary>Code that a call carried.</summary>
public sealed record CodeDetails
{
    /// <summary>The instructions as they lay in memory, 8 bytes each. Empty when none could be read.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>Instructions that the call named.</summary>
    public required uint Count { get; init; }

    /// <summary>How sure the bytes are.</summary>
    public required CaptureQuality Quality { get; init; }

    /// <summary>Why they are not proven, or what else the reader should know.</summary>
    public string? Reason { get; init; }

    /// <summary>SHA-256 of the bytes; null when they are not whole.</summary>
    public string? Sha256 => IsWhole ? Sha256Digest.Text(Bytes.Span) : null;

    /// <summary>Whether all that the call named is here.</summary>
    public bool IsWhole { get; init; }

    /// <summary>The instructions.</summary>
    public ReadOnlySpan<Instruction> Instructions => Decoder.Slots(Bytes.Span);

    internal string Judgement => Reason is null ? Quality.Word() : $"{Quality.Word()}: {Reason}";

    internal void WriteTo(IFieldWriter writer)
    {
        writer.Text("capture", Quality.Name());
        writer.Text("capture_reason", Reason);
        writer.Code("insns", Instructions);
    }
}
