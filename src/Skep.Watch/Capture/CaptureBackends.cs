using Skep.Bpf;
using Skep.Linux.Errors;

namespace Skep.Watch.Capture;

/// <summary>A capture backend on this kernel.</summary>
/// <param name="Number">1 to 3.</param>
/// <param name="Name">As <c>--backend</c> takes it.</param>
/// <param name="Title">What it is made of.</param>
/// <param name="IsUsable">Whether this kernel allows it.</param>
/// <param name="Reason">Why not; null when it is usable.</param>
/// <param name="Missed">What it does not see because this kernel lacks something.</param>
public sealed record BackendStatus(int Number, string Name, string Title, bool IsUsable, string? Reason, IReadOnlyList<string> Missed);

/// <summary>The ways to see BPF system calls, best first. Which one is taken is found by attaching, never by a version.</summary>
public static class CaptureBackends
{
    /// <summary>The name of what stands beside all backends: the kernel's own record of loads, and nothing else.</summary>
    public const string Audit = "audit";

    internal const int AuditNumber = 4;

    private static readonly (BackendDefinition Definition, Func<KernelTypes, string?> WhyRefused)[] InOrder =
    [
        (BackendDefinitions.Trampolines, BackendProbe.Trampolines),
        (BackendDefinitions.Kprobes, _ => BackendProbe.Kprobes()),
        (BackendDefinitions.RawTracepoints, _ => BackendProbe.Btf()),
    ];

    /// <summary>The names that <c>--backend</c> takes.</summary>
    public static IReadOnlyList<string> Names => [.. InOrder.Select(one => one.Definition.Name), Audit];

    /// <summary>Opens the one that is asked for, or the best that the kernel allows.</summary>
    /// <exception cref="KernelException">The kernel refused it, or all of them.</exception>
    internal static ICaptureBackend Open(WatchOptions options, KernelTypes types)
    {
        if (options.Backend == Audit) return new AuditBackend();
        foreach ((BackendDefinition definition, Func<KernelTypes, string?> whyRefused) in InOrder)
        {
            bool isLast = definition == InOrder[^1].Definition;
            if (options.Backend is { } wanted)
            {
                if (definition.Name != wanted) continue;
                if (whyRefused(types) is { } reason)
                    throw new KernelException($"watch with backend {wanted}", default, "skep doctor shows which work", reason);
                return ProgramBackend.Open(definition, options, types);
            }

            if (!isLast && whyRefused(types) is not null) continue;
            try
            {
                return ProgramBackend.Open(definition, options, types);
            }
            catch (KernelException) when (!isLast)
            {
                // The next one is tried; doctor shows why this one is refused.
            }
        }

        throw new ArgumentException($"there is no backend '{options.Backend}' (one of {string.Join(", ", Names)})", nameof(options));
    }

    /// <summary>Tries each of them.</summary>
    internal static BackendStatus[] Probe(KernelTypes types) => Array.ConvertAll(InOrder, one =>
    {
        (BackendDefinition definition, Func<KernelTypes, string?> whyRefused) = one;
        if (whyRefused(types) is { } refused) return Status(definition, refused, []);
        try
        {
            using ProgramBackend backend = ProgramBackend.Open(definition, new WatchOptions { BufferBytes = 64 << 10 }, types);
            return Status(definition, null, backend.Missed);
        }
        catch (KernelException e)
        {
            return Status(definition, e.Message, []);
        }
    });

    private static BackendStatus Status(BackendDefinition definition, string? reason, IReadOnlyList<string> missed) =>
        new(definition.Number, definition.Name, definition.Title, reason is null, reason, missed);
}
