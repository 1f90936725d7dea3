namespace Skep.Watch.Layouts;

/// <summary>How an attribute of <c>bpf(2)</c> is shown.</summary>
public enum AttrKind : byte
{
    /// <summary>An unsigned number.</summary>
    Unsigned,

    /// <summary>A signed number of 32 bits: a descriptor.</summary>
    Signed,

    /// <summary>An address in the process.</summary>
    Hex,

    /// <summary>Text.</summary>
    Text,
}
