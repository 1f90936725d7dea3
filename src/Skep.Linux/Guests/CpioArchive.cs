using System.Globalization;
using System.Text;

namespace Skep.Linux.Guests;

/// <summary>
/// Writes an archive that a kernel unpacks as its first file system: cpio's format <c>newc</c>
/// (Documentation/driver-api/early-userspace/buffer-format.rst).
/// </summary>
/// <param name="write">Where its bytes go.</param>
public sealed class CpioArchive(Action<ReadOnlySpan<byte>> write)
{
    private const uint Directory = 0x4000, Regular = 0x8000, CharacterDevice = 0x2000;
    private const int Alignment = 4;

    private readonly HashSet<string> _directories = [];
    private uint _inode;

    /// <summary>Adds a directory, and those that it is in.</summary>
    /// <param name="path">Without a slash at its ends.</param>
    public void AddDirectory(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0 || !_directories.Add(path)) return;
        AddDirectory(Parent(path));
        Write(path, Directory | 0x1ed, default, 0, 0);
    }

    /// <summary>Adds a file, and the directories that it is in.</summary>
    /// <param name="path">Without a slash at its ends.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="mode">Its permissions.</param>
    public void AddFile(string path, ReadOnlySpan<byte> content, uint mode)
    {
        ArgumentNullException.ThrowIfNull(path);
        AddDirectory(Parent(path));
        Write(path, Regular | mode, content, 0, 0);
    }

    /// <summary>Adds a character device, and the directories that it is in.</summary>
    /// <param name="path">Without a slash at its ends.</param>
    /// <param name="major">The number of its driver.</param>
    /// <param name="minor">The number that its driver gives it.</param>
    public void AddDevice(string path, uint major, uint minor)
    {
        ArgumentNullException.ThrowIfNull(path);
        AddDirectory(Parent(path));
        Write(path, CharacterDevice | 0x180, default, major, minor);
    }

    /// <summary>Writes its end.</summary>
    public void End() => Write("TRAILER!!!", 0, default, 0, 0);

    private static string Parent(string path) => path.LastIndexOf('/') is var slash and > 0 ? path[..slash] : "";

    private void Write(string path, uint mode, ReadOnlySpan<byte> content, uint major, uint minor)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        uint inode = mode == 0 ? 0 : ++_inode;

        // Inode, mode, user, group, links, time, size, device (two), device of a device (two), length of the name, checksum.
        uint[] fields = [inode, mode, 0, 0, 1, 0, (uint)content.Length, 0, 0, major, minor, (uint)name.Length, 0];
        string header = "070701" + string.Concat(fields.Select(field => field.ToString("x8", CultureInfo.InvariantCulture)));
        write(Encoding.ASCII.GetBytes(header));
        write(name);
        Pad(header.Length + name.Length);
        write(content);
        Pad(content.Length);
    }

    private void Pad(int length) => write(new byte[(Alignment - (length % Alignment)) % Alignment]);
}
