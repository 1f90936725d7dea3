using System.Globalization;
using Skep.Linux.Errors;

namespace Skep.Linux.Kernel;

/// <summary>The CPUs that this machine may ever have online: per-CPU maps hold a value for each.</summary>
public static class PossibleCpus
{
    private const string Path = "/sys/devices/system/cpu/possible";
    private static readonly Lazy<int[]> s_all = new(() => [.. List(Read(Path))]);

    /// <summary>How many CPUs are possible (<c>num_possible_cpus()</c>).</summary>
    /// <exception cref="KernelException">/sys is not mounted, or may not be read.</exception>
    public static int Count => s_all.Value.Length;

    /// <summary>The highest number that a CPU may have: numbers may be left out.</summary>
    /// <exception cref="KernelException">/sys is not mounted, or may not be read.</exception>
    public static int Highest => s_all.Value.Max();

    /// <summary>The CPUs that are online now.</summary>
    /// <exception cref="KernelException">/sys is not mounted, or may not be read.</exception>
    public static int[] Online() => [.. List(Read("/sys/devices/system/cpu/online"))];

    private static string Read(string path)
    {
        KernelRead<string> read = KernelFile.Text(path);
        return read.Value
            ?? throw new KernelException($"count the CPUs by {path}", read.Error,
                read.Outcome == KernelReadOutcome.Absent ? "mount sysfs at /sys" : null);
    }

    /// <summary>The numbers of a list as the kernel prints it: <c>0-3,8-11</c>.</summary>
    internal static IEnumerable<int> List(string list)
    {
        foreach (string part in list.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = part.Split('-');
            int first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            int last = int.Parse(ends[^1], CultureInfo.InvariantCulture);
            for (int cpu = first; cpu <= last; cpu++) yield return cpu;
        }
    }
}
