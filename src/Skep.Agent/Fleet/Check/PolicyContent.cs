namespace Skep.Agent.Fleet.Check;

/// <summary>A file of a policy with its content.</summary>
/// <param name="Path">Its path, as the other files name it.</param>
/// <param name="Bytes">The content.</param>
public sealed record PolicyContent(string Path, byte[] Bytes);
