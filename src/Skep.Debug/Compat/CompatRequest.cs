namespace Skep.Debug.Compat;

/// <summary>What kernels are to verify.</summary>
/// <param name="Elf">An object file.</param>
/// <param name="Name">Its name.</param>
/// <param name="Programs">The names of the programs that are meant.</param>
/// <param name="Only">The one program that is meant; null for all.</param>
public sealed record CompatRequest(byte[] Elf, string Name, IReadOnlyList<string> Programs, string? Only);
