namespace Skep.Analysis.Dump;

/// <summary>What a dump prints besides the instructions.</summary>
/// <param name="Opcodes">The bytes of each instruction.</param>
/// <param name="LineNumbers">With source lines, their files, numbers and columns.</param>
public readonly record struct DumpDetails(bool Opcodes, bool LineNumbers);
