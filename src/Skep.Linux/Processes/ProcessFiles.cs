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
        string cgroup = Cgroup(pid) ?? "/";
        return _known[pid] = new ProcessOrigin(Exe(pid), CgroupPath.Unit(cgroup), CgroupPath.Container(cgroup));
    }

    /// <summary>Its program; null where that may not be read, or it has ended.</summary>
    public static string? Exe(uint pid) => KernelFile.Link(Proc(pid, "exe")).Value;

    /// <summary>Its name, as the kernel has it for its first thread; null where that may not be read, or it has ended.</summary>
    public static string? Comm(uint pid) => KernelFile.Text(Proc(pid, "comm")).Value;

    /// <summary>Its parent; null when that is not known, or is outside of this process's PID namespace.</summary>
    public static uint? Parent(uint pid) =>
        KernelFile.Lines(Proc(pid, "status")).Value?.FirstOrDefault(line => line.StartsWith("PPid:", StringComparison.Ordinal)) is { } line
            && uint.TryParse(line.AsSpan("PPid:".Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out uint parent)
            && parent != 0 ? parent : null;

    /// <summary>The user who logged in, before su(1) and sudo(8); null for none, as of services.</summary>
    public static uint? LoginUid(uint pid) =>
        KernelFile.Number(Proc(pid, "loginuid")) is >= 0 and < uint.MaxValue and var uid ? (uint)uid : null;

    /// <summary>
    /// Its v2 cgroup; where that hierarchy is not in use, the one of the v1 pids controller, as the kernel side of watch does. Null where
    /// that may not be read, or it has ended.
    /// </summary>
    public static string? Cgroup(uint pid)
    {
        if (KernelFile.Lines(Proc(pid, "cgroup")).Value is not { } lines) return null;
        string v2 = "/", pids = "/";
        foreach (string line in lines)
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
