using System.Text.Json.Serialization;
using Skep.Isa;

namespace Skep.Guard.Test;

/// <summary>What policies ask of an event as <c>skep watch -j</c> prints it.</summary>
internal sealed record SavedEvent
{
    public string? Time { get; init; }

    public long? Seq { get; init; }

    public string? Syscall { get; init; }

    public string? Cmd { get; init; }

    public uint? Pid { get; init; }

    public uint? Uid { get; init; }

    public string? Comm { get; init; }

    public string? Exe { get; init; }

    public string? Cgroup { get; init; }

    public string? Unit { get; init; }

    public string? Container { get; init; }

    [JsonPropertyName("container_name")]
    public string? ContainerName { get; init; }

    [JsonPropertyName("container_reason")]
    public string? ContainerReason { get; init; }

    public string? Pod { get; init; }

    public long? Ret { get; init; }

    public string? Error { get; init; }

    public SavedProgram? Prog { get; init; }

    public SavedMap? Map { get; init; }

    public SavedLink? Link { get; init; }

    public SavedAttach? Attach { get; init; }

    public SavedAttr? Attr { get; init; }

    /// <summary>A line of <c>skep history events -j</c> that is no event: a time in which no agent watched.</summary>
    public SavedGap? Gap { get; init; }
}

internal sealed record SavedProgram
{
    public uint? Id { get; init; }

    public string? Type { get; init; }

    public string? Name { get; init; }

    public string? Tag { get; init; }

    public string? Sha256 { get; init; }

    [JsonPropertyName("insn_cnt")]
    public ulong? InsnCnt { get; init; }

    [JsonPropertyName("expected_attach_type")]
    public string? ExpectedAttachType { get; init; }

    [JsonPropertyName("attach_btf_id")]
    public uint? AttachBtfId { get; init; }

    [JsonPropertyName("attach_func")]
    public string? AttachFunction { get; init; }

    [JsonPropertyName("gpl_compatible")]
    public bool? GplCompatible { get; init; }

    [JsonPropertyName("map_ids")]
    public IReadOnlyList<uint>? MapIds { get; init; }

    public string? Capture { get; init; }

    public IReadOnlyList<string>? Insns { get; init; }

    public IReadOnlyList<SavedFinding>? Findings { get; init; }

    /// <summary>The code, where it is at hand and <see cref="Insns"/> need not be read.</summary>
    [JsonIgnore]
    public Instruction[]? Code { get; init; }
}

internal sealed record SavedGap(string? Until);

internal sealed record SavedFinding(string? Name);

internal sealed record SavedMap
{
    public string? Type { get; init; }

    public string? Name { get; init; }
}

internal sealed record SavedLink
{
    [JsonPropertyName("prog_id")]
    public uint? ProgId { get; init; }
}

internal sealed record SavedAttach
{
    [JsonPropertyName("prog_id")]
    public uint? ProgId { get; init; }
}

internal sealed record SavedAttr
{
    [JsonPropertyName("prog_flags")]
    public uint? ProgFlags { get; init; }

    [JsonPropertyName("map_flags")]
    public uint? MapFlags { get; init; }

    [JsonPropertyName("btf_flags")]
    public uint? BtfFlags { get; init; }

    [JsonPropertyName("signature")]
    public string? Signature { get; init; }

    [JsonPropertyName("keyring_id")]
    public int? KeyringId { get; init; }
}

/// <summary>How saved events are read: keys that policies do not ask for are passed over.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowReadingFromString)]
[JsonSerializable(typeof(SavedEvent))]
internal sealed partial class SavedEventContext : JsonSerializerContext;
