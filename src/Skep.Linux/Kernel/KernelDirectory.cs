using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Linux.Kernel;

/// <summary>
/// Reads directories of /proc, /sys and the kernel's other file systems, as <see cref="KernelFile"/> reads files: nothing throws.
/// </summary>
public static unsafe class KernelDirectory
{
    private const int Buffer = 1 << 15;

    // struct linux_dirent64: d_reclen at 16, d_type at 18, d_name at 19.
    private const int LengthOffset = 16, TypeOffset = 18, NameOffset = 19;
    private const byte DT_DIR = 4, DT_REG = 8;

    // A mount may be put below itself (/proc/PID/root leads anywhere): no tree of the kernel's is as deep.
    private const int Deepest = 64;

    /// <summary>The names in a directory, but for <c>.</c> and <c>..</c>, in the kernel's order.</summary>
    public static KernelRead<string[]> Names(string path)
    {
        var names = new List<string>();
        Errno error = Read(path, (name, _) => names.Add(name));
        return error.Number == 0 ? new([.. names], default) : new(null, error);
    }

    /// <summary>The ids of the processes that /proc shows; with <c>hidepid</c> these are not all.</summary>
    public static KernelRead<uint[]> Processes()
    {
        var ids = new List<uint>();
        Errno error = Read("/proc", (name, type) =>
        {
            if (type == DT_DIR && uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out uint id)) ids.Add(id);
        });
        return error.Number == 0 ? new([.. ids], default) : new(null, error);
    }

    /// <summary>A directory and all directories below it that may be read, parents first. Symbolic links are not followed.</summary>
    public static IReadOnlyList<string> Tree(string root)
    {
        var found = new List<string> { root };
        Walk(root, DT_DIR, found, 0);
        return found;
    }

    /// <summary>The regular files in a directory and in all below it that may be read. Symbolic links are not followed.</summary>
    public static IReadOnlyList<string> Files(string root)
    {
        var found = new List<string>();
        Walk(root, DT_REG, found, 0);
        return found;
    }

    private static void Walk(string directory, byte wanted, List<string> found, int depth)
    {
        var below = new List<string>();
        _ = Read(directory, (name, type) =>
        {
            string path = directory.EndsWith('/') ? directory + name : $"{directory}/{name}";
            if (type == wanted) found.Add(path);
            if (type == DT_DIR) below.Add(path);
        });
        if (depth == Deepest) return;
        foreach (string path in below) Walk(path, wanted, found, depth + 1);
    }

    private static Errno Read(string path, Action<string, byte> entry)
    {
        int fd = Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC | Processor.This.O_DIRECTORY);
        if (fd < 0) return KernelFile.LastError();
        try
        {
            byte[] buffer = new byte[Buffer];
            fixed (byte* bytes = buffer)
            {
                while (true)
                {
                    nint length = Libc.syscall(Processor.This.Getdents64, fd, (nint)bytes, Buffer, 0, 0);
                    if (length == 0) return default;
                    if (length < 0) return KernelFile.LastError();
                    for (nint at = 0; at < length; at += *(ushort*)(bytes + at + LengthOffset))
                    {
                        string name = Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(bytes + at + NameOffset));
                        if (name is not ("." or "..")) entry(name, bytes[at + TypeOffset]);
                    }
                }
            }
        }
        finally
        {
            _ = Libc.close(fd);
        }
    }
}
