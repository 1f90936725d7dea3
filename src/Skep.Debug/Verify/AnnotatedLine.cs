namespace Skep.Debug.Verify;

/// <summary>An instruction beside its source line and what the verifier knew of it.</summary>
/// <param name="Insn">The slot.</param>
/// <param name="Text">The instruction.</param>
/// <param name="Source">The source line, where it is another one than that of the instruction before; null else.</param>
/// <param name="Visits">How often the verifier walked over it; 0 where it came to its end before.</param>
/// <param name="State">What it changed, at the last time that the verifier walked over it; empty where the log does not say.</param>
/// <param name="IsOnPath">Whether it is on the path to where the program was refused.</param>
/// <param name="IsRefused">Whether the program was refused here.</param>
public sealed record AnnotatedLine(
    int Insn, string Text, SourcePlace? Source, long Visits, string State, bool IsOnPath, bool IsRefused);
