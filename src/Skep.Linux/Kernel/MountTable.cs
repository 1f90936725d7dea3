namespace Skep.Linux.Kernel;

/// <summary>Mounts of this process's namespace (/proc/self/mounts).</summary>
public static class MountTable
{
    /// <summary>Where the first file system of a type is mounted; null if none is, or it cannot be found out.</summary>
    public static string? First(string type)
    {
        foreach (string line in KernelFile.Lines("/proc/self/mounts").Value ?? [])
        {
            string[] fields = line.Split(' ');
            if (fields.Length > 2 && fields[2] == type) return fields[1];
        }

        return null;
    }
}
