using Skep.Bpf;
using Skep.Debug.Machine.Memory;

namespace Skep.Debug.Machine.Image;

/// <summary>A type whose objects a program makes.</summary>
/// <param name="Name">Its name in C.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Fields">Its fields that only calls change.</param>
internal sealed record ObjectType(string Name, int Size, IReadOnlyList<SpecialField> Fields);

/// <summary>The types of a program whose objects it makes.</summary>
internal sealed class LocalTypes(ProgramImage program)
{
    private readonly Dictionary<ulong, ObjectType?> _known = [];

    /// <summary>Why there are none; null where there are.</summary>
    public string? Reason => program.Form == Isa.ProgramForm.Translated
        ? "the kernel put the size in the place of the object's type, so that its fields are not known (the original code has the type)"
        : program.LocalTypes is null ? "the types of the program are not known" : null;

    /// <summary>The struct of an id; null for what is none.</summary>
    public ObjectType? Find(ulong id)
    {
        if (_known.TryGetValue(id, out ObjectType? known)) return known;
        return _known[id] = program.LocalTypes is { } btf && id < btf.EndId && btf[(uint)id] is { Kind: BtfKind.Struct } type
            ? new ObjectType(type.Name.Length > 0 ? $"struct {type.Name}" : "a struct", (int)type.Size, SpecialFields.Of(btf, type.Id))
            : null;
    }
}
