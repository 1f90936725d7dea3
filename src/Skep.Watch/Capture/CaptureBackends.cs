using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Watch.Capture;

/// <summary>A capture backend on this kernel.</summary>
/// <param name="Number">1 to 3.</param>
/// <param name="Name">As <c>--backend</c> takes it.</param>
/// <param name="Title">What it is made of.</param>
/// <param name="IsUsable">Whether this kernel allows it.</param>
/// <param name="IsLast">Whether the other usable ones are used first.</param>
/// <param name="Reason">Why it is not usable, or is used last; null when it is neither.</param>
/// <param name="Missed">What it does not see because this kernel lacks something.</param>
public sealed record BackendStatus(
    int Number, string Name, string Title, bool IsUsable, bool IsLast, string? Reason, IReadOnlyList<string> Missed);

/// <summary>The ways to see BPF system calls, best first. Which one is taken is found by attaching, never by a version.</summary>
public static class CaptureBackends
{
    /// <summary>The name of what stands beside all backends: the kernel's own record of loads, and nothing else.</summary>
    public const string Audit = "audit";

    internal const int AuditNumber = 4;

    private static readonly Candidate[] InOrder =
    [
        new("fentry", () => BackendDefinitions.Trampolines, BackendProbe.Trampolines, BackendProbe.WhyTrampolinesAreLast),
        new("kprobe", () => BackendDefinitions.Kprobes, _ => BackendProbe.Kprobes(), () => null),
        new("raw_tp", SystemCalls, _ => BackendProbe.Btf(), () => null),
    ];

    /// <summary>The names that <c>--backend</c> takes.</summary>
    public static IReadOnlyList<string> Names => [.. InOrder.Select(one => one.Name), Audit];

    /// <summary>Opens the one that is asked for, or the best that the kernel allows.</summary>
    /// <exception cref="KernelException">The kernel refused it, or all of them.</exception>
    internal static ICaptureBackend Open(WatchOptions options, KernelTypes types)
    {
        if (options.Backend == Audit) return new AuditBackend();
        if (options.Backend is { } wanted) return OpenNamed(wanted, options, types);
        Candidate[] byPreference = [.. InOrder.OrderBy(one => one.WhyLast() is null ? 0 : 1)];
        foreach (Candidate candidate in byPreference[..^1])
        {
            if (candidate.WhyRefused(types) is not null) continue;
            try
            {
                return ProgramBackend.Open(candidate.Definition(), options, types);
            }
            catch (KernelException)
            {
                // The next one is tried; doctor shows why this one is refused.
            }
        }

        return ProgramBackend.Open(byPreference[^1].Definition(), options, types);
    }

    /// <summary>Tries each of them.</summary>
    internal static BackendStatus[] Probe(KernelTypes types) => Array.ConvertAll(InOrder, one =>
    {
        BackendDefinition definition = one.Definition();
        if (one.WhyRefused(types) is { } refused) return Status(definition, isUsable: false, isLast: false, refused, []);
        try
        {
            using ProgramBackend backend = ProgramBackend.Open(definition, new WatchOptions { BufferBytes = 64 << 10 }, types);
            string? whyLast = one.WhyLast();
            return Status(definition, isUsable: true, whyLast is not null, whyLast, backend.Missed);
        }
        catch (KernelException e)
        {
            return Status(definition, isUsable: false, isLast: false, e.Message, []);
        }
    });

    private static BackendDefinition SystemCalls() =>
        BackendProbe.RawTracepointsArePreempted() ? BackendDefinitions.SyscallEvents : BackendDefinitions.RawTracepoints;

    private static ProgramBackend OpenNamed(string wanted, WatchOptions options, KernelTypes types)
    {
        Candidate candidate = Array.Find(InOrder, one => one.Name == wanted)
            ?? throw new ArgumentException($"there is no backend '{wanted}' (one of {string.Join(", ", Names)})", nameof(options));
        if (candidate.WhyRefused(types) is { } reason)
            throw new KernelException($"watch with backend {wanted}", default, "skep doctor shows which work", reason);
        return ProgramBackend.Open(candidate.Definition(), options, types);
    }

    private static BackendStatus Status(
        BackendDefinition definition, bool isUsable, bool isLast, string? reason, IReadOnlyList<string> missed) =>
        new(definition.Number, definition.Name, definition.Title, isUsable, isLast, reason, missed);

    private sealed record Candidate(
        string Name, Func<BackendDefinition> Definition, Func<KernelTypes, string?> WhyRefused, Func<string?> WhyLast);
}
