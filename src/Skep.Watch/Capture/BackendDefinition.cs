namespace Skep.Watch.Capture;

/// <summary>A backend whose kernel side is an object of bpf/watch.</summary>
/// <param name="Number">1 to 3: the lower, the more it sees.</param>
/// <param name="Name">As <c>--backend</c> takes it.</param>
/// <param name="Title">What it is made of.</param>
/// <param name="ObjectName">The embedded object.</param>
/// <param name="Groups">Where its programs are attached, in order.</param>
internal sealed record BackendDefinition(int Number, string Name, string Title, string ObjectName, IReadOnlyList<HookGroup> Groups);

/// <summary>Programs that are of use together only.</summary>
/// <param name="Hooks">The programs, the ends of calls first: a call that begins in between is then seen at its exit.</param>
/// <param name="Missed">What is not seen without them; null when the backend is of no use without them.</param>
internal sealed record HookGroup(IReadOnlyList<Hook> Hooks, string? Missed = null);

/// <summary>A program and the kernel function that it is attached to.</summary>
/// <param name="Program">The program's name.</param>
/// <param name="Function">The function; null for a tracepoint.</param>
/// <param name="Parameters">The names of its first parameters, as many as the program reads.</param>
internal sealed record Hook(string Program, string? Function = null, params string[] Parameters)
{
    /// <summary>The module that may have the function; null where it is the kernel's own.</summary>
    public string? Module { get; init; }
}
