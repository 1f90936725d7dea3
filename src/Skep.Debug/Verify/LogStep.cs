namespace Skep.Debug.Verify;

/// <summary>An instruction as the verifier walked over it.</summary>
/// <param name="Insn">Its slot.</param>
/// <param name="Text">As the kernel disassembles it: <c>r1 = *(u32 *)(r2 +4)</c>.</param>
internal sealed record LogStep(int Insn, string Text)
{
    /// <summary>The registers and stack slots that the log prints before it: all of them. Empty where it prints none.</summary>
    public string StateBefore { get; init; } = "";

    /// <summary>Those that it changed, as the log prints them behind it.</summary>
    public string StateAfter { get; init; } = "";

    /// <summary>The source line, where the log has it.</summary>
    public LogSource? Source { get; init; }

    /// <summary>The step before it on its path, as a number in the list of steps; -1 for the first.</summary>
    public int Previous { get; init; } = -1;
}

/// <summary>A source line as the log prints it: without a file before Linux 6.10.</summary>
internal sealed record LogSource(string Text, string? File, int Line);
