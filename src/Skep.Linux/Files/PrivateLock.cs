using System.Diagnostics;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Files;

/// <summary>
/// A lock among processes (flock(2)) on a file in a <see cref="PrivateDirectory"/>, which only its owner can open. The kernel frees it when
/// its holder ends, however it ends. Where the file cannot be made, because the file system is full or read-only, the directory is locked.
/// </summary>
public sealed partial class PrivateLock : IDisposable
{
    private const int LOCK_EX = 2, LOCK_NB = 4;

    // A descriptor of the directory from a time when others could open it can hold its lock for ever.
    private static readonly TimeSpan MostWaitForDirectory = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly FileHandle _file;

    private PrivateLock(FileHandle file) => _file = file;

    /// <summary>Takes the lock when it is free.</summary>
    /// <param name="path">The file, which is made.</param>
    /// <returns>Null when another holds it.</returns>
    /// <exception cref="IOException">It may not be opened.</exception>
    public static PrivateLock? Try(string path) => Take(path, LOCK_EX | LOCK_NB);

    /// <summary>Takes the lock, and waits until it is free.</summary>
    /// <inheritdoc cref="Try"/>
    public static PrivateLock Wait(string path)
    {
        while (true)
            if (Take(path, LOCK_EX) is { } taken) return taken;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static PrivateLock? Take(string path, int operation)
    {
        while (true)
        {
            FileHandle? file = Open(path, out bool isDirectory);
            if (file is null) return null;
            if (isDirectory) return new PrivateLock(file);
            if (!Flock(file, operation, path))
            {
                file.Dispose();
                return null;
            }

            // It may have been removed before it was locked.
            if (FileStatus.TryOf(path) is { } now && now.IsSameFile(FileStatus.Of(file))) return new PrivateLock(file);
            file.Dispose();
        }
    }

    /// <summary>Opens the file; where it cannot be made, opens and locks the directory.</summary>
    /// <returns>Null when another holds the directory.</returns>
    private static FileHandle? Open(string path, out bool isDirectory)
    {
        isDirectory = false;
        while (true)
        {
            if (TryOpen(path) is { } file) return file;
            FileHandle directory = OpenDirectory(Path.GetDirectoryName(path)!, out bool isLocked);
            FileHandle? created = PrivateFile.TryCreate(path, out int error);
            if (created is null && error is Errno.ENOSPC or Errno.EROFS or Errno.EDQUOT)
            {
                isDirectory = true;
                if (isLocked) return directory;
                directory.Dispose();
                return null;
            }

            directory.Dispose();
            if (created is not null) return created;
            if (error != Errno.EEXIST) throw PrivateFile.Failure($"creating {path}", error);
        }
    }

    private static FileHandle? TryOpen(string path)
    {
        FileHandle? file = null;
        try
        {
            file = PrivateFile.Open(path, out FileStatus status);
            if (file is null) return null;
            if (PrivateFile.FaultOf(status) is null && (status.Permissions & PrivateFile.OfOthers) == 0) return file;
        }
        catch (InvalidDataException)
        {
            // A symbolic link.
        }

        // Others may hold it open and locked.
        file?.Dispose();
        File.Delete(path);
        return null;
    }

    /// <summary>Opens the directory, and locks it, so that nobody makes the file while it stands for it.</summary>
    private static FileHandle OpenDirectory(string path, out bool isLocked)
    {
        int fd = Libc.open(path, Libc.O_RDONLY | Processor.This.O_DIRECTORY | Libc.O_CLOEXEC);
        if (fd < 0) throw PrivateFile.Failure($"opening {path} for its lock", Marshal.GetLastPInvokeError());
        FileHandle directory = FileHandle.Own(fd, path);
        long start = Stopwatch.GetTimestamp();
        while (!(isLocked = Flock(directory, LOCK_EX | LOCK_NB, path)) && Stopwatch.GetElapsedTime(start) < MostWaitForDirectory)
            Thread.Sleep(Pause);
        return directory;
    }

    private static bool Flock(FileHandle file, int operation, string path)
    {
        using var use = new FdUse(file);
        while (flock(use.Number, operation) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Errno.EAGAIN) return false;
            if (error != Errno.EINTR) throw PrivateFile.Failure($"locking {path}", error);
        }

        return true;
    }

    // https://man7.org/linux/man-pages/man2/flock.2.html
    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(int fd, int operation);
}
