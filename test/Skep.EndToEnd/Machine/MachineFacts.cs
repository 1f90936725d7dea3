using System.Globalization;

namespace Skep.EndToEnd.Machine;

/// <summary>What the machine is to itself.</summary>
internal static class MachineFacts
{
    public const string SceneCgroup = "/sys/fs/cgroup/scene";

    public static long NetworkNamespace =>
        long.Parse(string.Concat(new FileInfo("/proc/self/ns/net").LinkTarget!.Where(char.IsAsciiDigit)), CultureInfo.InvariantCulture);

    public static long SceneCgroupId => long.Parse(Tool.Run("stat", "-c", "%i", SceneCgroup), CultureInfo.InvariantCulture);

    public static string Release => File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
}
