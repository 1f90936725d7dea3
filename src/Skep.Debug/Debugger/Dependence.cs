using Skep.Debug.Machine;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Debugger;

/// <summary>
/// Tells what of a run in the machine cannot be the same as in the kernel: values that change when the machine runs again with nothing
/// changed but its time, its random numbers, its process, its CPU or its addresses.
/// </summary>
/// <param name="target">The program in the machine.</param>
/// <param name="own">The machine after its run.</param>
internal sealed class Dependence(DebugTarget target, BpfMachine own)
{
    private const int WordSize = sizeof(ulong);

    // A longer run is not repeated: each change is a run.
    private const long LongestRun = 1_000_000;

    private static readonly (string What, Func<MachineOptions, MachineOptions> Change)[] Changes =
    [
        ("the time", options => options with { Time = options.Time + 10_000_019 }),
        ("the time", options => options with { Time = (options.Time * 3) + 77_003_000_007 }),
        .. Enumerable.Range(1, 4).Select(more => (
            "random numbers", (Func<MachineOptions, MachineOptions>)(options => options with { Seed = options.Seed + (ulong)more }))),
        ("the process", options => options with
        {
            Pid = options.Pid + 1, Tid = options.Tid + 2, Uid = options.Uid + 3, Gid = options.Gid + 4, Comm = "another process",
            CgroupId = options.CgroupId + 1,
        }),
        ("the CPU", options => options with { Cpus = options.Cpus + 1, Cpu = options.Cpu + 1 }),
        ("addresses", options => options with { AddressOffset = options.AddressOffset + 0x0123_4560 }),
    ];

    private readonly Lazy<List<(string What, BpfMachine Machine)>> _others = new(() => Run(target, own));

    /// <summary>What two values depend on that differ; null where one word of them does on nothing that is known.</summary>
    /// <param name="machine">The machine's value.</param>
    /// <param name="kernel">The kernel's, of the same length.</param>
    /// <param name="value">Reads the value of a machine.</param>
    /// <param name="at">The offset of the first word that is not explained.</param>
    public string? Of(ReadOnlySpan<byte> machine, ReadOnlySpan<byte> kernel, Func<BpfMachine, byte[]?> value, out int at)
    {
        var causes = new SortedSet<string>(StringComparer.Ordinal);
        byte[]?[]? others = null;
        for (at = 0; at < machine.Length; at += WordSize)
        {
            int size = Math.Min(WordSize, machine.Length - at);
            ReadOnlySpan<byte> word = machine.Slice(at, size), other = kernel.Slice(at, size);
            if (word.SequenceEqual(other)) continue;
            others ??= [.. _others.Value.Select(run => value(run.Machine))];
            int varied = -1;
            for (int i = 0; i < others.Length && varied < 0; i++)
                if (others[i] is { } bytes && bytes.Length >= at + size && !word.SequenceEqual(bytes.AsSpan(at, size))) varied = i;
            if (varied < 0) return null;
            causes.Add(_others.Value[varied].What);
        }

        return string.Join(", ", causes);
    }

    private static List<(string What, BpfMachine Machine)> Run(DebugTarget target, BpfMachine own)
    {
        var runs = new List<(string, BpfMachine)>();
        if (own.Steps > LongestRun) return runs;
        foreach ((string what, Func<MachineOptions, MachineOptions> change) in Changes)
        {
            BpfMachine machine = (target with { Options = change(target.Options) }).Start();
            if (machine.Run(LongestRun * 2) == MachineStatus.Finished) runs.Add((what, machine));
        }

        return runs;
    }
}
