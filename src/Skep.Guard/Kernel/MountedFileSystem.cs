using System.Globalization;
using Skep.Linux.Kernel;

namespace Skep.Guard.Kernel;

/// <summary>A mount of the machine's first process.</summary>
/// <param name="Device">The file system's device number as the kernel has it: the major one above 20 bits.</param>
/// <param name="Root">The directory of the file system that is mounted.</param>
/// <param name="MountPoint">Where it is mounted.</param>
internal sealed record MountedFileSystem(uint Device, string Root, string MountPoint)
{
    private const int MinorBits = 20;
    private const string Shared = "shared:";

    /// <summary>The number of the mount.</summary>
    public uint Id { get; private init; }

    /// <summary>The group of mounts that share what is mounted and unmounted below; null when it is in none.</summary>
    public uint? PeerGroup { get; private init; }

    /// <summary>The mounts, in the order of mounting; those of this process where the first one's cannot be read.</summary>
    public static IReadOnlyList<MountedFileSystem> OfFirstProcess()
    {
        string[] lines = KernelFile.Lines("/proc/1/mountinfo").Value ?? KernelFile.Lines("/proc/self/mountinfo").Value ?? [];
        return [.. lines.Select(Parse).OfType<MountedFileSystem>()];
    }

    /// <summary>The mount that a path is on: the last of those with the longest mount point.</summary>
    public static MountedFileSystem? Of(IReadOnlyList<MountedFileSystem> mounts, string path) =>
        mounts.Where(mount => mount.Holds(path)).Aggregate(
            (MountedFileSystem?)null, (best, mount) => best is null || mount.MountPoint.Length >= best.MountPoint.Length ? mount : best);

    /// <summary>The mounts that a mount point lies on, one after the other, up to the root.</summary>
    public static IEnumerable<MountedFileSystem> Above(IReadOnlyList<MountedFileSystem> mounts, MountedFileSystem mount)
    {
        while (Path.GetDirectoryName(mount.MountPoint) is { } directory && Of(mounts, directory) is { } above)
        {
            yield return above;
            mount = above;
        }
    }

    /// <summary>A path on it, as its file system has it.</summary>
    public string Inside(string path)
    {
        string below = MountPoint == "/" ? path : path[MountPoint.Length..];
        return Root == "/" ? below : Root + below;
    }

    private bool Holds(string path) =>
        MountPoint == "/" || path == MountPoint || path.StartsWith(MountPoint + "/", StringComparison.Ordinal);

    // proc_pid_mountinfo(5): id, parent, major:minor, root, mount point, ...; spaces as \040.
    private static MountedFileSystem? Parse(string line)
    {
        string[] fields = line.Split(' ');
        if (fields.Length < 6 || !uint.TryParse(fields[0], CultureInfo.InvariantCulture, out uint id)) return null;
        string[] numbers = fields[2].Split(':');
        if (numbers.Length != 2 || !uint.TryParse(numbers[0], CultureInfo.InvariantCulture, out uint major)
            || !uint.TryParse(numbers[1], CultureInfo.InvariantCulture, out uint minor))
            return null;
        string? peers = fields.Skip(6).TakeWhile(field => field != "-").FirstOrDefault(
            field => field.StartsWith(Shared, StringComparison.Ordinal));
        return new(major << MinorBits | minor, KernelText.UnescapePath(fields[3]), KernelText.UnescapePath(fields[4]))
        {
            Id = id,
            PeerGroup = peers is null ? null : uint.Parse(peers.AsSpan(Shared.Length), CultureInfo.InvariantCulture),
        };
    }
}
