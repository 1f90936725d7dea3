using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Watch.Capture;

/// <summary>A capture backend on this kernel.</summary>
/// <param name="Number">1 to 3.</param>
/// <param name="Name">What it is made of.</param>
/// <param name="IsUsable">Whether this kernel allows it and this version has it.</param>
/// <param name="Reason">Why not; null when it is usable.</param>
public sealed record BackendStatus(int Number, string Name, bool IsUsable, string? Reason);

/// <summary>The ways to see BPF system calls, best first. Which one is taken is found by attaching, never by a version.</summary>
internal static class CaptureBackends
{
    private sealed record Backend(
        int Number, string Name, Func<KernelTypes, string?> WhyRefused, Func<WatchOptions, KernelTypes, ICaptureBackend>? Open);

    private static readonly Backend[] InOrder =
    [
        new(1, "trampolines (fentry, fexit, LSM)", BackendProbe.Trampolines, null),
        new(2, "kprobes", _ => BackendProbe.Kprobes(), null),
        new(3, "raw tracepoints (sys_enter, sys_exit)", BackendProbe.RawTracepoints, RawTracepointBackend.Open),
    ];

    /// <summary>Opens the best one that the kernel allows.</summary>
    /// <exception cref="KernelException">The kernel refused the last one.</exception>
    public static ICaptureBackend Open(WatchOptions options, KernelTypes types)
    {
        foreach (Backend backend in InOrder[..^1])
            if (backend.Open is { } open && backend.WhyRefused(types) is null) return open(options, types);
        return InOrder[^1].Open!(options, types);
    }

    /// <summary>Tries each of them.</summary>
    public static BackendStatus[] Probe(KernelTypes types) => Array.ConvertAll(InOrder, backend =>
    {
        string? refused = backend.WhyRefused(types);
        if (refused is not null) return new BackendStatus(backend.Number, backend.Name, false, refused);
        return backend.Open is null
            ? new BackendStatus(backend.Number, backend.Name, false, "this kernel allows it, this version of skep does not use it yet")
            : new BackendStatus(backend.Number, backend.Name, true, null);
    });
}
