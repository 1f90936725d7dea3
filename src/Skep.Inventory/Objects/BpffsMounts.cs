using System.Globalization;
using Skep.Linux.Kernel;

namespace Skep.Inventory.Objects;

/// <summary>The mounted bpffs of every mount namespace that a process is in (/proc/PID/mountinfo).</summary>
internal static class BpffsMounts
{
    private const int RootField = 3, MountPointField = 4, DeviceField = 2;

    /// <summary>The directories that show each bpffs whole, once; those of other mount namespaces through /proc/PID/root.</summary>
    public static IReadOnlyList<string> Find()
    {
        var found = new List<string>();
        var devices = new HashSet<string>();
        var namespaces = new HashSet<string>();
        Collect("self", found, devices, namespaces);
        foreach (uint pid in KernelDirectory.Processes().Value ?? [])
            Collect(pid.ToString(CultureInfo.InvariantCulture), found, devices, namespaces);
        return found;
    }

    private static void Collect(string pid, List<string> found, HashSet<string> devices, HashSet<string> namespaces)
    {
        // It may have ended, or be hidden from this one: another process of its namespace gives the same.
        if (KernelFile.Link($"/proc/{pid}/ns/mnt").Value is not { } mounts || namespaces.Contains(mounts)) return;
        if (KernelFile.Lines($"/proc/{pid}/mountinfo").Value is not { } lines) return;
        namespaces.Add(mounts);
        foreach (string line in lines)
        {
            if (!line.Contains(" - bpf ", StringComparison.Ordinal)) continue;
            string[] fields = line.Split(' ');
            string point = KernelText.UnescapePath(fields[MountPointField]);

            // A bind mount of a directory shows a part only; another mount has the whole, or none that can be reached has.
            if (!devices.Add($"{fields[DeviceField]} {fields[RootField]}")) continue;
            if (fields[RootField] != "/" && devices.Contains($"{fields[DeviceField]} /")) continue;
            found.Add(pid == "self" ? point : $"/proc/{pid}/root{point}");
        }
    }
}
