using System.Globalization;
using Skep.Linux.Kernel;

namespace Skep.Linux.Processes;

/// <summary>What /proc says of a process.</summary>
/// <param name="Exe">Its program; null where it may not be read, or the process has none (a kernel thread).</param>
/// <param name="Unit">systemd's unit; null for none.</param>
/// <param name="Container">Its container; null for none.</param>
public sealed record ProcessOrigin(string? Exe, string? Unit, string? Container);

/// <summary>Reads /proc/PID/exe and /proc/PID/cgroup, once a process.</summary>
public sealed class ProcessFiles
{
    private readonly Dictionary<uint, ProcessOrigin> _known = [];

    /// <summary>What is known of a process; of one that has ended, nothing.</summary>
    public ProcessOrigin Of(uint pid)
    {
        if (_known.TryGetValue(pid, out ProcessOrigin? origin)) return origin;
        string cgroup = Cgroup(pid);
        return _known[pid] = new ProcessOrigin(Exe(pid), CgroupPath.Unit(cgroup), CgroupPath.Container(cgroup));
    }

    /// <summary>Its program; null where that may not be read, or it has ended.</summary>
    public static string? Exe(uint pid) => KernelFile.Link(Proc(pid, "exe")).Value;

    /// <summary>Its name, as the kernel has it for its first thread; null where that may not be read, or it has ended.</summary>
    public static string? Comm(uint pid) => KernelFile.Text(Proc(pid, "comm")).Value;

    // The v2 cgroup; where that hierarchy is not in use, the one of the v1 pids controller, as the kernel side of watch does.
    private static string Cgroup(uint pid)
    {
        string v2 = "/", pids = "/";
        foreach (string line in KernelFile.Lines(Proc(pid, "cgroup")).Value ?? [])
        {
            string[] fields = line.Split(':', 3);
            if (fields.Length < 3) continue;
            if (fields[1].Length == 0) v2 = fields[2];
            else if (fields[1].Split(',').Contains("pids")) pids = fields[2];
        }

        return v2 != "/" ? v2 : pids;
    }

    private static string Proc(uint pid, string file) => string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}");
}
