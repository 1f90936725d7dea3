namespace Skep.Bpf;

/// <summary>A member of a struct or union.</summary>
/// <param name="Name">Empty for an anonymous one.</param>
/// <param name="TypeId">Its type.</param>
/// <param name="BitOffset">Bits from the start.</param>
/// <param name="BitFieldSize">Bits of a bit-field; 0 for a member that is none.</param>
public readonly record struct BtfMember(string Name, uint TypeId, uint BitOffset, uint BitFieldSize);

/// <summary>A parameter of a prototype. The last one of a variadic function has no name and type 0.</summary>
/// <param name="Name">May be empty.</param>
/// <param name="TypeId">Its type.</param>
public readonly record struct BtfParameter(string Name, uint TypeId);

/// <summary>A value of an enumeration.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; of an unsigned 64-bit enumeration, the same bits.</param>
public readonly record struct BtfEnumerator(string Name, long Value);

/// <summary>A variable's place in a section.</summary>
/// <param name="TypeId">The variable, of kind <see cref="BtfKind.Var"/>.</param>
/// <param name="Offset">Bytes from the section's start.</param>
/// <param name="Size">Bytes.</param>
public readonly record struct BtfSectionVariable(uint TypeId, uint Offset, uint Size);

/// <summary>How the bits of an integer are to be read.</summary>
/// <param name="Bits">How many count.</param>
/// <param name="Offset">Bits to skip.</param>
/// <param name="IsSigned">Whether it is signed.</param>
/// <param name="IsChar">Whether it is a character.</param>
/// <param name="IsBool">Whether it is a truth value.</param>
public readonly record struct BtfIntEncoding(byte Bits, byte Offset, bool IsSigned, bool IsChar, bool IsBool);

/// <summary>The shape of an array.</summary>
/// <param name="ElementTypeId">The type of an element.</param>
/// <param name="IndexTypeId">The type of an index.</param>
/// <param name="Count">Elements; 0 for a flexible array.</param>
public readonly record struct BtfArrayShape(uint ElementTypeId, uint IndexTypeId, uint Count);

/// <summary>Who sees a function or a variable.</summary>
public enum BtfLinkage : uint
{
    /// <summary>Its file.</summary>
    Static = 0,

    /// <summary>All.</summary>
    Global = 1,

    /// <summary>It is defined elsewhere.</summary>
    Extern = 2,
}
