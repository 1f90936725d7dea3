using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Skep.Debug.Dap.Wire;

/// <summary>Refuses a request, for the reason in the message.</summary>
internal sealed class RequestException(string message) : Exception(message);

/// <summary>A request without its arguments.</summary>
internal sealed record Request
{
    public long? Seq { get; init; }

    public string? Type { get; init; }

    public string? Command { get; init; }

    /// <summary>The message, for the arguments.</summary>
    [JsonIgnore]
    public byte[] Message { get; init; } = [];

    /// <exception cref="JsonException">The message is no JSON, or no request's.</exception>
    public static Request Parse(byte[] message) =>
        (JsonSerializer.Deserialize(message, RequestContext.Default.Request) ?? new Request()) with { Message = message };

    /// <summary>Its arguments; those without any keys, when it has none.</summary>
    /// <exception cref="RequestException">They are of another form.</exception>
    public T Arguments<T>(JsonTypeInfo<Arguments<T>> type)
        where T : class, new()
    {
        try
        {
            return JsonSerializer.Deserialize(Message, type)?.Value ?? new T();
        }
        catch (JsonException e)
        {
            throw new RequestException($"the arguments of {Command} are not of the protocol's form: {e.Path ?? "no JSON"}");
        }
    }
}

internal sealed record Arguments<T>([property: JsonPropertyName("arguments")] T? Value);

internal sealed record InitializeArguments
{
    public bool? LinesStartAt1 { get; init; }

    public bool? ColumnsStartAt1 { get; init; }

    public string? PathFormat { get; init; }
}

internal sealed record LaunchArguments
{
    public string? Program { get; init; }

    public string? Prog { get; init; }

    public string? Packet { get; init; }

    public string? Pcap { get; init; }

    public int? Number { get; init; }

    public string? Ctx { get; init; }

    public bool? StopOnEntry { get; init; }

    public bool? StopOnExit { get; init; }

    public bool? NoDebug { get; init; }

    public ulong? Seed { get; init; }

    public bool? AskKernel { get; init; }
}

internal sealed record SourceArgument
{
    public string? Name { get; init; }

    public string? Path { get; init; }

    public int? SourceReference { get; init; }
}

internal sealed record BreakpointArguments
{
    public SourceArgument? Source { get; init; }

    public IReadOnlyList<BreakpointArgument?>? Breakpoints { get; init; }
}

/// <summary>A breakpoint at a line, at a function, at an instruction or at data.</summary>
internal sealed record BreakpointArgument
{
    public int Line { get; init; }

    public string? Name { get; init; }

    public string? InstructionReference { get; init; }

    public long Offset { get; init; }

    public string? Condition { get; init; }

    public string? HitCondition { get; init; }

    public string? LogMessage { get; init; }

    public string? DataId { get; init; }

    public string? AccessType { get; init; }
}

internal sealed record SourceArguments
{
    public SourceArgument? Source { get; init; }

    public int SourceReference { get; init; }
}

internal sealed record StepArguments
{
    public string? Granularity { get; init; }
}

internal sealed record FrameArguments
{
    public int? FrameId { get; init; }

    public int StartFrame { get; init; }

    public int Levels { get; init; }
}

internal sealed record VariableArguments
{
    public int VariablesReference { get; init; }

    public string? Filter { get; init; }

    public int Start { get; init; }

    public int Count { get; init; }
}

internal sealed record DataInfoArguments
{
    public string? Name { get; init; }
}

internal sealed record EvaluateArguments
{
    public string? Expression { get; init; }

    public string? Context { get; init; }

    public int? FrameId { get; init; }
}

internal sealed record MemoryArguments
{
    public string? MemoryReference { get; init; }

    public long Offset { get; init; }

    public long Count { get; init; }

    public long InstructionOffset { get; init; }

    public long InstructionCount { get; init; }
}

/// <summary>How requests are read: keys that are not known are passed over.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Request))]
[JsonSerializable(typeof(Arguments<InitializeArguments>), TypeInfoPropertyName = "Initialize")]
[JsonSerializable(typeof(Arguments<LaunchArguments>), TypeInfoPropertyName = "Launch")]
[JsonSerializable(typeof(Arguments<BreakpointArguments>), TypeInfoPropertyName = "Breakpoints")]
[JsonSerializable(typeof(Arguments<DataInfoArguments>), TypeInfoPropertyName = "DataInfo")]
[JsonSerializable(typeof(Arguments<SourceArguments>), TypeInfoPropertyName = "Source")]
[JsonSerializable(typeof(Arguments<StepArguments>), TypeInfoPropertyName = "Step")]
[JsonSerializable(typeof(Arguments<FrameArguments>), TypeInfoPropertyName = "Frame")]
[JsonSerializable(typeof(Arguments<VariableArguments>), TypeInfoPropertyName = "Variable")]
[JsonSerializable(typeof(Arguments<EvaluateArguments>), TypeInfoPropertyName = "Evaluate")]
[JsonSerializable(typeof(Arguments<MemoryArguments>), TypeInfoPropertyName = "Memory")]
internal sealed partial class RequestContext : JsonSerializerContext;
