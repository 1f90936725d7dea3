namespace Skep.Watch.Events;

/// <summary>A named risk that is found in a program, as docs/explain.md defines it.</summary>
/// <param name="Name">Its name: <c>writes-user-memory</c>.</param>
/// <param name="Text">What exactly was found.</param>
/// <param name="Slots">The instructions that prove it.</param>
public sealed record ProgramFinding(string Name, string Text, IReadOnlyList<uint> Slots);
