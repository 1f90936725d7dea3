namespace Skep.Bpf;

/// <summary>
/// The source line that an instruction was made from (<c>struct bpf_line_info</c>). Strings are offsets into the program's BTF.
/// </summary>
/// <param name="Offset">The first instruction, in instruction words from the start of the code.</param>
/// <param name="FileNameOffset">The file's name.</param>
/// <param name="LineOffset">The line's text.</param>
/// <param name="LineColumn">The line's number in the upper 22 bits, the column in the lower 10.</param>
public readonly record struct BpfLine(uint Offset, uint FileNameOffset, uint LineOffset, uint LineColumn)
{
    /// <summary>The line's number in its file; 0 for none.</summary>
    public int Line => (int)(LineColumn >> 10);

    /// <summary>The column; 0 for none.</summary>
    public int Column => (int)(LineColumn & 0x3ff);
}
