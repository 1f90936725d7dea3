namespace Skep.Bpf;

/// <summary>The kind of a BTF type (<c>BTF_KIND_*</c> of include/uapi/linux/btf.h).</summary>
public enum BtfKind : byte
{
    /// <summary>No type: id 0.</summary>
    Void = 0,

    /// <summary>An integer.</summary>
    Int = 1,

    /// <summary>A pointer.</summary>
    Ptr = 2,

    /// <summary>An array.</summary>
    Array = 3,

    /// <summary>A struct.</summary>
    Struct = 4,

    /// <summary>A union.</summary>
    Union = 5,

    /// <summary>An enumeration of values of at most 32 bits.</summary>
    Enum = 6,

    /// <summary>A struct or union that is declared only.</summary>
    Forward = 7,

    /// <summary>A typedef.</summary>
    Typedef = 8,

    /// <summary><c>volatile</c>.</summary>
    Volatile = 9,

    /// <summary><c>const</c>.</summary>
    Const = 10,

    /// <summary><c>restrict</c>.</summary>
    Restrict = 11,

    /// <summary>A function: its name; its prototype is the type that it refers to.</summary>
    Func = 12,

    /// <summary>A function's prototype.</summary>
    FuncProto = 13,

    /// <summary>A global variable.</summary>
    Var = 14,

    /// <summary>A section of global variables.</summary>
    DataSec = 15,

    /// <summary>A floating point number.</summary>
    Float = 16,

    /// <summary>An attribute of a declaration: <c>btf_decl_tag</c>.</summary>
    DeclTag = 17,

    /// <summary>An attribute of a pointer's target: <c>btf_type_tag</c>.</summary>
    TypeTag = 18,

    /// <summary>An enumeration of 64-bit values.</summary>
    Enum64 = 19,
}
