namespace Skep.Isa;

/// <summary>A program that cannot be built: a label that was never bound, or a target out of an instruction's reach.</summary>
public sealed class AssemblyException(string message) : InvalidOperationException(message);
