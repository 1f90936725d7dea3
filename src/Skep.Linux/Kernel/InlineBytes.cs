using System.Runtime.CompilerServices;

namespace Skep.Linux.Kernel;

/// <summary>A name of a structure of the kernel: 16 bytes, which end at a NUL or at the field's end.</summary>
[InlineArray(Length)]
public struct Name16
{
    public const int Length = 16;
    private byte _first;
}

[InlineArray(8)]
public struct Bytes8
{
    private byte _first;
}
