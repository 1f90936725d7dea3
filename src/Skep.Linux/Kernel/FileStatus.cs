using System.Globalization;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Linux.Kernel;

/// <summary>What the kernel says of a file: statx(2).</summary>
/// <param name="Mode">Type and permissions, as <c>st_mode</c>.</param>
/// <param name="Owner">The user whose it is.</param>
/// <param name="Links">How many names it has.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Inode">Its number on its device.</param>
/// <param name="Device">The file system's device number.</param>
internal readonly partial record struct FileStatus(ushort Mode, uint Owner, uint Links, ulong Size, ulong Inode,
    (uint Major, uint Minor) Device)
{
    private const ushort TypeMask = 0xf000, Regular = 0x8000, Folder = 0x4000, Pipe = 0x1000, Link = 0xa000, Character = 0x2000,
        Socket = 0xc000;
    private const int EmptyPath = 0x1000;
    private const uint WantBasic = 0x7ff;

    // include/uapi/linux/magic.h
    private const long PipeFileSystem = 0x50495045;

    internal bool IsRegular => (Mode & TypeMask) == Regular;

    internal bool IsDirectory => (Mode & TypeMask) == Folder;

    internal bool IsPipe => (Mode & TypeMask) == Pipe;

    internal bool IsSymbolicLink => (Mode & TypeMask) == Link;

    internal bool IsCharacterDevice => (Mode & TypeMask) == Character;

    internal bool IsSocket => (Mode & TypeMask) == Socket;

    internal uint Permissions => (uint)Mode & 0xfff;

    internal string PermissionText => Convert.ToString(Permissions, 8).PadLeft(4, '0');

    /// <summary>Whether only this process's user, or root, decides what is in it.</summary>
    internal bool IsOurs => Owner == 0 || Owner == geteuid();

    internal string OwnerText => string.Create(CultureInfo.InvariantCulture, $"uid {Owner}");

    internal bool IsSameFile(FileStatus other) => Inode == other.Inode && Device == other.Device;

    /// <summary>Reads that of an open file.</summary>
    internal static FileStatus Of(SafeHandle file)
    {
        using var use = new FdUse(file);
        return Read(use.Number, "", EmptyPath)
            ?? throw new KernelException("read the status of a descriptor", new Errno(Marshal.GetLastPInvokeError()));
    }

    /// <summary>Reads that of an open file; null when it is closed.</summary>
    internal static FileStatus? TryOf(int fd) => Read(fd, "", EmptyPath);

    /// <summary>Reads that of the file that a path leads to; null when there is none that can be seen.</summary>
    internal static FileStatus? TryOf(string path) => Read(Libc.AT_FDCWD, path, 0);

    /// <summary>Whether a pipe is one of pipe(2), which has no path, and is no FIFO.</summary>
    internal static unsafe bool IsNameless(SafeHandle pipe)
    {
        using var use = new FdUse(pipe);

        // struct statfs (include/uapi/asm-generic/statfs.h) has 120 bytes; the type of the file system is its first word.
        long* status = stackalloc long[16];
        return fstatfs(use.Number, status) == 0 && *status == PipeFileSystem;
    }

    private static FileStatus? Read(int directory, string path, int flags) =>
        statx(directory, path, flags, WantBasic, out Statx found) < 0
            ? null
            : new(found.stx_mode, found.stx_uid, found.stx_nlink, found.stx_size, found.stx_ino,
                (found.stx_dev_major, found.stx_dev_minor));

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statx(int dirfd, string path, int flags, uint mask, out Statx buffer);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial int fstatfs(int fd, long* status);

    [LibraryImport("libc")]
    private static partial uint geteuid();

    /// <summary>struct statx (include/uapi/linux/stat.h).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Statx
    {
        [FieldOffset(16)]
        public uint stx_nlink;

        [FieldOffset(20)]
        public uint stx_uid;

        [FieldOffset(28)]
        public ushort stx_mode;

        [FieldOffset(32)]
        public ulong stx_ino;

        [FieldOffset(40)]
        public ulong stx_size;

        [FieldOffset(136)]
        public uint stx_dev_major;

        [FieldOffset(140)]
        public uint stx_dev_minor;
    }
}
