namespace Skep.Isa;

/// <summary>A place in a program under construction, made by <see cref="Assembler.DefineLabel"/>.</summary>
/// <param name="Number">The label's number in its assembler, from 0.</param>
public readonly record struct Label(int Number);
