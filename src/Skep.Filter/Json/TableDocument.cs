using System.Text.Json.Serialization;

namespace Skep.Filter.Json;

/// <summary>The JSON form of a table. Values are written as in rule text.</summary>
internal sealed record TableDocument
{
    public required string Table { get; init; }

    public string[]? Devices { get; init; }

    public string? Mode { get; init; }

    public string? Policy { get; init; }

    public string? Malformed { get; init; }

    public string[]? Track { get; init; }

    public SetDocument[]? Sets { get; init; }

    public RuleDocument[]? Rules { get; init; }
}

internal sealed record SetDocument
{
    public required string Name { get; init; }

    public required string[] Type { get; init; }

    public string[]? Flags { get; init; }

    public string? Timeout { get; init; }

    public int? Size { get; init; }

    /// <summary>Whether each element counts.</summary>
    public bool? Counter { get; init; }

    public string? Comment { get; init; }

    public string? File { get; init; }

    public string[]? Elements { get; init; }
}

internal sealed record RuleDocument
{
    /// <summary>Given on output, ignored on input.</summary>
    public string? Id { get; init; }

    public MatchDocument[]? Match { get; init; }

    public LimitDocument? Limit { get; init; }

    public StatementDocument[]? Statements { get; init; }

    public required VerdictDocument Verdict { get; init; }

    public string? Comment { get; init; }
}

/// <summary>A match: one of <see cref="Values"/>, <see cref="Set"/>, or <see cref="Mask"/> with <see cref="Value"/>.</summary>
internal sealed record MatchDocument
{
    public required string[] Field { get; init; }

    /// <summary><c>==</c> or <c>!=</c>.</summary>
    public required string Op { get; init; }

    public string[]? Values { get; init; }

    public string? Set { get; init; }

    public string[]? Mask { get; init; }

    public string[]? Value { get; init; }
}

internal sealed record LimitDocument
{
    public bool Over { get; init; }

    public required uint Rate { get; init; }

    public required string Unit { get; init; }

    public uint? Burst { get; init; }

    public string[]? Per { get; init; }

    public int? Size { get; init; }
}

/// <summary>A statement: one of its members.</summary>
internal sealed record StatementDocument
{
    public LogDocument? Log { get; init; }

    public SetFieldDocument? Set { get; init; }

    public string[]? Swap { get; init; }
}

internal sealed record LogDocument
{
    /// <summary>One packet in this many is logged.</summary>
    public uint? Sample { get; init; }
}

internal sealed record SetFieldDocument
{
    public required string Field { get; init; }

    public required string Value { get; init; }
}

/// <summary>A verdict's word, and for <c>redirect</c> one of the other members.</summary>
internal sealed record VerdictDocument
{
    public required string Action { get; init; }

    public string? Device { get; init; }

    public uint? Cpu { get; init; }

    /// <summary><c>xsk</c> or <c>fib</c>.</summary>
    public string? To { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    WriteIndented = true)]
[JsonSerializable(typeof(TableDocument))]
internal sealed partial class TableDocumentContext : JsonSerializerContext;
