using Skep.Inventory.Code;
using Skep.Maps.Typed;

namespace Skep.Analysis.Explain;

/// <summary>Where a field's name comes from.</summary>
public enum NameSource
{
    /// <summary>It has none.</summary>
    None,

    /// <summary>The BTF type of the map's value.</summary>
    MapType,

    /// <summary>The source line of the instruction that stores it.</summary>
    SourceLine,

    /// <summary>A struct of the program's BTF that has the record's size: it may be another.</summary>
    SizeMatch,
}

/// <summary>Something that a field may hold.</summary>
/// <param name="Text">Where it comes from, in words.</param>
/// <param name="Slot">The instruction that stores it.</param>
public readonly record struct StoredValue(string Text, int Slot);

/// <summary>A field of a record.</summary>
/// <param name="Offset">Bytes from the record's start.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Name">Its name; null when it is not known.</param>
/// <param name="NamedBy">Where the name comes from.</param>
/// <param name="Stored">What it may hold; empty when the program stores nothing there.</param>
public sealed record RecordField(int Offset, int Size, string? Name, NameSource NamedBy, IReadOnlyList<StoredValue> Stored)
{
    /// <summary>Whether on some path the program stores nothing there: the memory keeps what it held before.</summary>
    public bool MaybeUnset { get; init; }

    /// <summary>What its bytes are, as far as types are known.</summary>
    public FieldForm Form { get; init; }
}

/// <summary>A record that a program sends to user space.</summary>
public sealed record OutputRecord
{
    /// <summary>The helper or kernel function that sends it: <c>bpf_ringbuf_submit</c>.</summary>
    public required string Sender { get; init; }

    /// <summary>The instruction that sends it.</summary>
    public required int Slot { get; init; }

    /// <summary>The instruction that reserved it; null when it is sent from memory.</summary>
    public int? ReservedAt { get; init; }

    /// <summary>The map that it is sent through; null when it is not known.</summary>
    public CodeMap? Map { get; init; }

    /// <summary>Bytes; null when they are not constant.</summary>
    public int? Size { get; init; }

    /// <summary>What the size comes from, when it is not constant.</summary>
    public string? SizeText { get; init; }

    /// <summary>Its type's name; null when it is not known.</summary>
    public string? TypeName { get; init; }

    /// <summary>How the type is known.</summary>
    public NameSource TypedBy { get; init; }

    /// <summary>Its fields, by offset.</summary>
    public IReadOnlyList<RecordField> Fields { get; init; } = [];

    /// <summary>What the reader should know of the layout; null for nothing.</summary>
    public string? Note { get; init; }
}
