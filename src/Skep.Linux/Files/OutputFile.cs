using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;
using Skep.Linux.Streams;

namespace Skep.Linux.Files;

/// <summary>
/// Files that a user names for output, in directories that may be another user's. A new file is its owner's alone, whatever the umask. What
/// is there already is written to only when nobody else can have put it there to have something else written: docs/outputs.md has the
/// rules.
/// </summary>
public static partial class OutputFile
{
    private const int F_GETFD = 1, FD_CLOEXEC = 1;
    private const int MostTries = 100;

    /// <summary>Opens a file that is written while things happen. One that is there is emptied.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It may not be written; the message names it and the reason.</exception>
    public static Stream Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        (FileHandle file, bool isRegular, bool isNew) = OpenOrCreate(path, flags: 0);
        if (isRegular && !isNew && !Truncate(file, 0, out int error)) throw PrivateFile.Failure($"writing {path}: emptying it", error);
        return new DescriptorStream(file, path);
    }

    /// <summary>Opens a file whose content stays, and whether it is a regular one.</summary>
    /// <inheritdoc cref="Open"/>
    internal static (FileHandle File, bool IsRegular) OpenToAppend(string path)
    {
        (FileHandle file, bool isRegular, _) = OpenOrCreate(path, Libc.O_APPEND);
        return (file, isRegular);
    }

    internal static bool Truncate(FileHandle file, long length, out int error)
    {
        using var use = new FdUse(file);
        error = ftruncate(use.Number, (nint)length) < 0 ? Marshal.GetLastPInvokeError() : 0;
        return error == 0;
    }

    private static (FileHandle File, bool IsRegular, bool IsNew) OpenOrCreate(string path, int flags)
    {
        for (int tries = 1; ; tries++)
        {
            using OutputWalk walk = OutputWalk.ToFile(path);
            if (OpenFound(walk, path, flags, out bool isRegular) is { } found) return (found, isRegular, false);
            if (Create(walk.Parent, walk.Name, out int error, flags) is { } created) return (created, true, true);
            if (error != Errno.EEXIST || tries == MostTries) throw PrivateFile.Failure($"writing {path}", error);
        }
    }

    /// <summary>
    /// Begins a file that is there whole or not at all: what was there before stays until <see cref="OutputReplacement.Commit"/>.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It may not be written; the message names it and the reason.</exception>
    public static OutputReplacement Begin(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        OutputWalk walk = OutputWalk.ToFile(path);
        try
        {
            FileHandle? found = OpenFound(walk, path, flags: 0, out bool isRegular);
            if (found is not null && !isRegular)
            {
                walk.Dispose();
                return new OutputReplacement(path, found);
            }

            found?.Dispose();
            return new OutputReplacement(path, walk);
        }
        catch
        {
            walk.Dispose();
            throw;
        }
    }

    /// <summary>Writes a file: all bytes, or none, and then what was there before stays.</summary>
    /// <inheritdoc cref="Begin"/>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        using OutputReplacement file = Begin(path);
        file.Stream.Write(bytes);
        file.Commit();
    }

    /// <summary>Makes a file that is not there.</summary>
    internal static FileHandle? Create(FileHandle directory, string name, out int error, int flags = 0)
    {
        int exclusive = Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Processor.This.O_NOFOLLOW | Libc.O_CLOEXEC;
        using var use = new FdUse(directory);
        int fd = Libc.openat(use.Number, name, exclusive | flags, PrivateFile.Mode);
        error = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (fd < 0) return null;

        // The umask may have taken the owner's own permissions.
        _ = Libc.fchmod(fd, PrivateFile.Mode);
        return FileHandle.Own(fd, name);
    }

    /// <summary>Opens what a path leads to, for writing; null when there is nothing yet.</summary>
    private static FileHandle? OpenFound(OutputWalk walk, string path, int flags, out bool isRegular)
    {
        isRegular = false;
        if (walk.Descriptor is { } number)
        {
            // Descriptors of this process itself are closed at an exec, those that it was started with are not.
            bool isInherited = (Libc.fcntl(number, F_GETFD, 0) & FD_CLOEXEC) == 0;
            int copy = isInherited ? Libc.fcntl(number, Libc.F_DUPFD_CLOEXEC, 0) : -1;
            return copy >= 0 ? FileHandle.Own(copy, path)
                : throw OutputWalk.Refused(path, $"descriptor {number} is not open (open it in the shell: {number}>FILE)");
        }

        if (walk.Found is null) return null;
        FileStatus status = FileStatus.Of(walk.Found);
        if (FaultOf(status, walk.IsRootsAlone) is { } fault) throw OutputWalk.Refused(path, fault);
        isRegular = status.IsRegular;

        // The very file that was looked at, whatever has its name now. A FIFO waits for its reader.
        using var use = new FdUse(walk.Found);
        int fd = Libc.open($"/proc/self/fd/{use.Number}", Libc.O_WRONLY | Libc.O_NOCTTY | Libc.O_CLOEXEC | flags);
        return fd >= 0 ? FileHandle.Own(fd, path) : throw PrivateFile.Failure($"writing {path}", Marshal.GetLastPInvokeError());
    }

    private static string? FaultOf(FileStatus status, bool inRootsAlone) => status switch
    {
        { IsRegular: true, IsOurs: false } => $"it is there and belongs to {status.OwnerText} (remove it, or name another file)",
        { IsRegular: true, Links: > 1 } =>
            $"it has {status.Links} names (hard links), and under all of them it would be written over (remove it, or name another file)",
        { IsRegular: true } => null,
        { IsDirectory: true } => "it is a directory (name a file)",
        { IsPipe: true } =>
            status.IsOurs
                ? null : $"it is a FIFO of {status.OwnerText}, who would read or stall what is written (remove it, or make one: mkfifo)",
        { IsCharacterDevice: true } =>
            inRootsAlone ? null : "it is a device on a path that others than root can change (name a file, or a device in /dev)",
        _ => "it is neither a file, a FIFO nor a character device (name another file)",
    };

    // https://man7.org/linux/man-pages/man2/truncate.2.html
    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(int fd, nint length);
}
