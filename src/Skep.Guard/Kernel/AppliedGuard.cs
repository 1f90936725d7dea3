using Skep.Bpf;
using Skep.Guard.Model;
using Skep.Guard.State;
using Skep.Linux.Files;
using Skep.Linux.Kernel;
using Skep.Linux.Time;

namespace Skep.Guard.Kernel;

/// <summary>A generation of policies in the kernel.</summary>
/// <param name="Generation">Its number.</param>
/// <param name="State">Its texts; null when they are lost.</param>
/// <param name="Programs">The programs that are attached.</param>
/// <param name="Hits">How often each rule decided, and, behind the rules, each default.</param>
public sealed record AppliedGuard(uint Generation, GuardState? State, IReadOnlyList<string> Programs, IReadOnlyList<ulong> Hits)
{
    /// <summary>
    /// Whether it decides: it has programs, has not come to the end of the time that it was applied for, and the kernel runs programs.
    /// </summary>
    public bool IsDeciding => Programs.Count > 0 && !IsOver && KernelSettings.IsFtraceOn;

    /// <summary>Whether it was applied for a time that is over.</summary>
    public bool IsOver => State is { UntilBootNs: > 0 and var until } && (ulong)Clocks.BootNanoseconds() > until;

    /// <summary>Seconds until it ends unless it is confirmed; null when it does not.</summary>
    public double? SecondsLeft => State is { UntilBootNs: > 0 and var until } && !IsOver
        ? ((double)until - Clocks.BootNanoseconds()) / 1e9
        : null;

    /// <summary>All that are pinned, oldest first.</summary>
    public static IReadOnlyList<AppliedGuard> ReadAll() => [.. GuardGenerations.Pinned().Select(Read)];

    /// <summary>Removes all policies from the kernel. The record of decisions stays until the machine is booted.</summary>
    /// <returns>Whether there were any.</returns>
    public static bool RemoveAll(Action<string> report)
    {
        if (GuardGenerations.Pinned().Count == 0) return false;
        GuardPaths.Prepare(report);
        using PrivateLock held = PrivateLock.Wait(GuardPaths.Lock);
        foreach (uint generation in GuardGenerations.Pinned()) GuardPins.Remove(generation);
        return true;
    }

    private static AppliedGuard Read(uint generation)
    {
        GuardState? state = GuardState.Read(generation);
        var hits = new List<ulong>();
        string path = $"{GuardPaths.PinsOf(generation)}/hits";
        if (File.Exists(path))
        {
            using BpfMap map = BpfMap.OpenPinned(path);
            for (uint i = 0; i < map.Info.MaxEntries; i++) hits.Add(map.TryLookup(i, out ulong count) ? count : 0);
        }

        return new(generation, state, GuardPins.Attached(generation), hits);
    }

    /// <summary>The policies with how often each rule, and then the default, decided.</summary>
    public IEnumerable<(Policy Policy, IReadOnlyList<ulong> Rules, ulong Default)> ReadPolicies()
    {
        IReadOnlyList<Policy> policies = State?.ReadPolicies() ?? [];
        int rules = policies.Sum(policy => policy.Rules.Count), first = 0;
        for (int i = 0; i < policies.Count; i++)
        {
            int count = policies[i].Rules.Count;
            yield return (policies[i], [.. Enumerable.Range(first, count).Select(HitsOf)], HitsOf(rules + i));
            first += count;
        }
    }

    private ulong HitsOf(int place) => place < Hits.Count ? Hits[place] : 0;
}
