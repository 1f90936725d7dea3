namespace Skep.Inventory.Code;

/// <summary>A function of a program.</summary>
/// <param name="Slot">Its first slot.</param>
/// <param name="Name">Its name; null without BTF or symbols.</param>
/// <param name="TypeId">Its type (<c>BTF_KIND_FUNC</c>) in the program's BTF; 0 for none.</param>
public sealed record CodeFunction(int Slot, string? Name, uint TypeId);

/// <summary>The source line of a slot and those after it.</summary>
/// <param name="Slot">The first slot.</param>
/// <param name="File">The file's name as the compiler was given it.</param>
/// <param name="Line">The line's number, from 1; 0 for none.</param>
/// <param name="Column">The column, from 1; 0 for none.</param>
/// <param name="Text">The line.</param>
public sealed record CodeLine(int Slot, string File, int Line, int Column, string Text);

/// <summary>A field that an instruction reads the place or the size of, by a CO-RE relocation that is not applied yet.</summary>
/// <param name="TypeId">The type that the path starts from, in the program's BTF.</param>
/// <param name="Access">The path: indices with colons.</param>
/// <param name="Kind"><c>enum bpf_core_relo_kind</c>: 0 for the field's offset in bytes.</param>
public readonly record struct CoreField(uint TypeId, string Access, uint Kind)
{
    // BPF_CORE_TYPE_ID_LOCAL of enum bpf_core_relo_kind
    private const uint LocalTypeId = 6;

    /// <summary>Whether it is a number in the object's own types, which the code has already.</summary>
    public bool IsLocal => Kind == LocalTypeId;
}

/// <summary>A global variable of a section that is a map.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offset">Bytes from the section's start.</param>
/// <param name="Size">Bytes.</param>
public readonly record struct CodeVariable(string Name, long Offset, long Size);

/// <summary>What kind of function a call calls.</summary>
public enum CallTargetKind
{
    /// <summary>A helper.</summary>
    Helper,

    /// <summary>A kernel function by its BTF id.</summary>
    Kfunc,

    /// <summary>A function of the program.</summary>
    Function,

    /// <summary>A function of the kernel that the verifier put in, and that stands for no helper that is known.</summary>
    Kernel,
}

/// <summary>The function that a call calls.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The helper's, the kernel function's or the subprogram's name; null when it is not known.</param>
/// <param name="Symbol">The kernel's symbol in translated code, where it differs: <c>bpf_perf_event_output_tp</c>.</param>
public readonly record struct CallTarget(CallTargetKind Kind, string? Name, string? Symbol = null)
{
    /// <summary>Whether it is a helper of this name.</summary>
    public bool IsHelper(string name) => Kind == CallTargetKind.Helper && Name == name;
}
