namespace Skep.Bpf;

/// <summary>Where a global variable of a <see cref="BpfObject"/> is.</summary>
/// <param name="Map">The map of its section.</param>
/// <param name="Offset">Bytes from the section's start, which is the map's only value.</param>
/// <param name="Size">Bytes.</param>
public readonly record struct BpfObjectVariable(BpfObjectMap Map, int Offset, int Size);
