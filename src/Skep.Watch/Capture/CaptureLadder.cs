using Skep.Linux.Errors;

namespace Skep.Watch.Capture;

/// <summary>What became of a rung.</summary>
/// <param name="Number">1 to 3.</param>
/// <param name="Name">What it is made of.</param>
/// <param name="IsUsable">Whether this kernel allows it and this version has it.</param>
/// <param name="Reason">Why not; null when it is usable.</param>
public sealed record TierStatus(int Number, string Name, bool IsUsable, string? Reason);

/// <summary>The ways to see BPF system calls, best first. Which one is taken is found by trying, never by a version.</summary>
internal static class CaptureLadder
{
    private sealed record Rung(int Number, string Name, Func<string?> WhyRefused, Func<WatchOptions, ICaptureTier>? Open);

    private static readonly Rung[] Rungs =
    [
        new(1, "trampolines (fentry, fexit, LSM)", TierProbe.Trampolines, null),
        new(2, "kprobes", TierProbe.Kprobes, null),
        new(3, "raw tracepoints (sys_enter, sys_exit)", TierProbe.RawTracepoints, RawTracepointTier.Open),
    ];

    /// <summary>Opens the best rung that there is.</summary>
    /// <exception cref="KernelException">The kernel refused the last one.</exception>
    public static ICaptureTier Open(WatchOptions options)
    {
        foreach (Rung rung in Rungs[..^1])
            if (rung.Open is { } open && rung.WhyRefused() is null) return open(options);
        return Rungs[^1].Open!(options);
    }

    /// <summary>Tries each rung.</summary>
    public static TierStatus[] Probe() => Array.ConvertAll(Rungs, rung =>
    {
        string? refused = rung.WhyRefused();
        if (refused is not null) return new TierStatus(rung.Number, rung.Name, false, refused);
        return rung.Open is null
            ? new TierStatus(rung.Number, rung.Name, false, "this kernel allows it, this version of skep does not use it yet")
            : new TierStatus(rung.Number, rung.Name, true, null);
    });
}
