namespace Skep.Inventory.Objects;

/// <summary>perf's names of hardware and software events (include/uapi/linux/perf_event.h), as bpftool prints them.</summary>
internal static class PerfEventNames
{
    private const uint Hardware = 0, Software = 1, HardwareCache = 3;
    private const int CacheOperationShift = 8, CacheResultShift = 16;

    private static readonly string[] Types = ["hardware", "software", "tracepoint", "hw-cache", "raw", "breakpoint"];

    private static readonly string[] HardwareEvents =
    [
        "cpu-cycles", "instructions", "cache-references", "cache-misses", "branch-instructions", "branch-misses", "bus-cycles",
        "stalled-cycles-frontend", "stalled-cycles-backend", "ref-cycles",
    ];

    private static readonly string[] SoftwareEvents =
    [
        "cpu-clock", "task-clock", "page-faults", "context-switches", "cpu-migrations", "minor-faults", "major-faults", "alignment-faults",
        "emulation-faults", "dummy", "bpf-output", "cgroup-switches",
    ];

    private static readonly string[] Caches = ["L1-dcache", "L1-icache", "LLC", "dTLB", "iTLB", "branch", "node"];

    private static readonly string[] CacheOperations = ["load", "store", "prefetch"];

    private static readonly string[] CacheResults = ["refs", "misses"];

    /// <summary>Null for a number without a name: a dynamic PMU.</summary>
    public static string? Type(uint type) => type < Types.Length ? Types[type] : null;

    /// <summary>Null for a number without a name.</summary>
    public static string? Config(uint type, ulong config) => type switch
    {
        Hardware => At(HardwareEvents, config),
        Software => At(SoftwareEvents, config),
        HardwareCache => string.Join('-',
            Named(Caches, config & 0xff), Named(CacheOperations, config >> CacheOperationShift & 0xff),
            Named(CacheResults, config >> CacheResultShift)),
        _ => null,
    };

    private static string? At(string[] names, ulong index) => index < (ulong)names.Length ? names[index] : null;

    private static string Named(string[] names, ulong index) =>
        At(names, index) ?? index.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
