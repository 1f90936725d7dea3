using Skep.Bpf;

namespace Skep.Inventory.Code;

/// <summary>A map that code refers to. What its source does not tell is null.</summary>
public sealed record CodeMap
{
    /// <summary>The kernel's id.</summary>
    public uint? Id { get; init; }

    /// <summary>The descriptor in the code of a program that was captured as it was loaded.</summary>
    public int? Fd { get; init; }

    /// <summary>Its name; empty for a map that was given none.</summary>
    public string? Name { get; init; }

    /// <summary>The type.</summary>
    public BpfMapType? Type { get; init; }

    /// <summary>Bytes of a key.</summary>
    public uint? KeySize { get; init; }

    /// <summary>Bytes of a value.</summary>
    public uint? ValueSize { get; init; }

    /// <summary>Entries it can hold; bytes for a ring buffer.</summary>
    public uint? MaxEntries { get; init; }

    /// <summary>The flags that it is created with.</summary>
    public MapFlags Flags { get; init; }

    /// <summary>The types of keys and values.</summary>
    public Btf? Btf { get; init; }

    /// <summary>The key's type in <see cref="Btf"/>; 0 for none.</summary>
    public uint KeyTypeId { get; init; }

    /// <summary>The value's type in <see cref="Btf"/>; 0 for none.</summary>
    public uint ValueTypeId { get; init; }

    /// <summary>The initial content of a section of global variables (<c>.rodata</c>), where the code comes from an object file.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>
    /// The global variables of such a section, by the object file's symbols. An object's BTF has no offsets of variables before libbpf puts
    /// them in.
    /// </summary>
    public IReadOnlyList<CodeVariable> Variables { get; init; } = [];

    /// <summary>How to call it: its name, else its id, else its descriptor.</summary>
    public string Label => Name is { Length: > 0 } name ? name : Id is { } id ? $"map {id}" : Fd is { } fd ? $"fd {fd}" : "map";
}
