using System.Globalization;
using System.Text;
using Skep.Bpf;
using Skep.Output;

namespace Skep.Analysis.Decompile;

/// <summary>What an expression of the text is in C.</summary>
internal enum CKind : byte
{
    /// <summary>A literal: it takes the other operand's type.</summary>
    Literal,

    /// <summary>A literal of more than 32 bits, which C takes as a number with sign; it is not less than 0.</summary>
    WideLiteral,

    /// <summary>A <c>_Bool</c> that is assigned: C makes 1 of whatever is not 0.</summary>
    Bool,

    /// <summary>8 or 16 bits without sign, which C widens to <c>int</c>.</summary>
    Small,

    /// <summary>32 bits without sign.</summary>
    U32,

    /// <summary>64 bits without sign.</summary>
    U64,

    /// <summary>64 bits with sign.</summary>
    S64,

    /// <summary>What a helper or a kernel function gives: 64 bits, with a sign or without as its declaration has it.</summary>
    Result,

    /// <summary><c>void *</c>: bytes are added to it, as GNU C has it.</summary>
    Bytes,

    /// <summary>A pointer to a type.</summary>
    Pointer,
}

/// <summary>Writes BTF types as C.</summary>
internal static class CTypeText
{
    private const int MaximumDepth = 12;

    /// <summary>A declaration: <c>struct event *e</c>, <c>u8 comm[16]</c>.</summary>
    public static string Declare(Btf btf, uint id, string name, int depth = 0)
    {
        BtfType type = btf[id];
        string separator = name.Length == 0 || name[0] == '[' ? "" : " ";
        if (depth > MaximumDepth) return $"void{separator}{name}";
        switch (type.Kind)
        {
            case BtfKind.Ptr when btf.Resolve(type.TypeId).Kind is BtfKind.FuncProto or BtfKind.Array:
                return $"void *{name}";
            case BtfKind.Ptr:
                return Declare(btf, type.TypeId, "*" + name, depth + 1);
            case BtfKind.Array:
                return Declare(btf, type.Array.ElementTypeId, $"{name}[{type.Array.Count}]", depth + 1);
            case BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag:
                return Declare(btf, type.TypeId, name, depth + 1);
            case BtfKind.Struct or BtfKind.Union or BtfKind.Forward:
                string word = type.Kind == BtfKind.Union || (type.Kind == BtfKind.Forward && type.Flag) ? "union" : "struct";
                return $"{word} {(type.Name.Length > 0 ? SafeText.Escape(type.Name) : Members(btf, type, depth))}{separator}{name}";
            case BtfKind.Enum or BtfKind.Enum64 when type.Name.Length == 0:
                return $"{(type.Flag ? "s" : "u")}{type.Size * 8}{separator}{name}";
            case BtfKind.Enum or BtfKind.Enum64:
                return $"enum {SafeText.Escape(type.Name)}{separator}{name}";
            case BtfKind.Void or BtfKind.Func or BtfKind.FuncProto:
                return $"void{separator}{name}";
            default:
                return $"{SafeText.Escape(type.Name)}{separator}{name}";
        }
    }

    // A type without a name is what it is made of.
    private static string Members(Btf btf, BtfType type, int depth)
    {
        if (type.Kind == BtfKind.Forward) return "{ }";
        var text = new StringBuilder("{ ");
        foreach (BtfMember member in type.GetMembers())
        {
            text.Append(Declare(btf, member.TypeId, Identifier(member.Name, orNone: true), depth + 1));
            if (member.BitFieldSize > 0) text.Append(CultureInfo.InvariantCulture, $" : {member.BitFieldSize}");
            text.Append("; ");
        }

        return text.Append('}').ToString();
    }

    /// <summary>An identifier of a name that anything may be in.</summary>
    /// <param name="name">The name.</param>
    /// <param name="orNone">Whether nothing is an identifier too: of a member without a name.</param>
    public static string Identifier(string name, bool orNone = false)
    {
        if (orNone && name.Length == 0) return name;
        string safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_'));
        return safe.Length == 0 || char.IsAsciiDigit(safe[0]) ? "_" + safe : safe;
    }
}
