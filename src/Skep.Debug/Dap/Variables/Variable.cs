namespace Skep.Debug.Dap.Variables;

/// <summary>A name and a value, as a client shows them.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value as text.</param>
internal sealed record Variable(string Name, string Value)
{
    /// <summary>What kind of value it is; null where that is not known.</summary>
    public string? Type { get; init; }

    /// <summary>An expression that gives the value; null for none.</summary>
    public string? EvaluateName { get; init; }

    /// <summary>The address of the value's bytes; null where it has none.</summary>
    public ulong? Address { get; init; }

    /// <summary>What is in it; null for nothing.</summary>
    public Func<IEnumerable<Variable>>? Children { get; init; }

    /// <summary>How many of them there are, where clients are to ask for parts; null where not.</summary>
    public int? Count { get; init; }
}
