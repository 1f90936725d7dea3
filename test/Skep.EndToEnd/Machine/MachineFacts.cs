using System.Globalization;

namespace Skep.EndToEnd.Machine;

/// <summary>What the machine is to itself.</summary>
internal static class MachineFacts
{
    public const string SceneCgroup = "/sys/fs/cgroup/scene";

    public static long NetworkNamespace =>
        long.Parse(string.Concat(new FileInfo("/proc/self/ns/net").LinkTarget!.Where(char.IsAsciiDigit)), CultureInfo.InvariantCulture);

    public static long SceneCgroupId => long.Parse(Tool.Run("stat", "-c", "%i", SceneCgroup), CultureInfo.InvariantCulture);

    /// <summary>Whether the kernel takes system calls of 32-bit programs: without them int 0x80 ends its caller.</summary>
    public static bool HasInt80 => Int80.Value;

    private static readonly Lazy<bool> Int80 = new(() => Tool.Try(Built.Calls, "int80").Code == 0);

    public static bool HasKprobes => File.Exists("/sys/bus/event_source/devices/kprobe/type");

    /// <summary>debugfs, which is mounted when it was not.</summary>
    public static string DebugFs
    {
        get
        {
            const string at = "/sys/kernel/debug";
            if (!Directory.Exists($"{at}/sched")) Tool.Try("mount", "-t", "debugfs", "debugfs", at);
            return at;
        }
    }

    /// <summary>Whether tasks are preempted inside the kernel; that it cannot be read (lockdown) means no.</summary>
    public static bool IsPreemptible => Tool.Try("cat", $"{DebugFs}/sched/preempt").Output is { } models
        && (models.Contains("(full)", StringComparison.Ordinal) || models.Contains("(lazy)", StringComparison.Ordinal));

    public static string Release => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
}
