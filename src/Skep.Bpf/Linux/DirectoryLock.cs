using System.Runtime.InteropServices;
using Skep.Bpf.Interop;

namespace Skep.Bpf;

/// <summary>
/// A lock on a directory among processes (flock(2)). The kernel frees it when its holder ends, however it ends, and it leaves no file behind.
/// </summary>
public sealed partial class DirectoryLock : IDisposable
{
    private const int LOCK_EX = 2, LOCK_NB = 4;

    private readonly FileHandle _directory;

    private DirectoryLock(FileHandle directory) => _directory = directory;

    /// <summary>Takes the lock when it is free.</summary>
    /// <param name="path">The directory.</param>
    /// <returns>Null when another holds it.</returns>
    /// <exception cref="BpfException">There is no such directory, or it may not be opened.</exception>
    public static DirectoryLock? Try(string path) => Take(path, LOCK_EX | LOCK_NB);

    /// <summary>Takes the lock, and waits until it is free.</summary>
    /// <param name="path">The directory.</param>
    /// <exception cref="BpfException">There is no such directory, or it may not be opened.</exception>
    public static DirectoryLock Wait(string path) => Take(path, LOCK_EX)!;

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();

    private static DirectoryLock? Take(string path, int operation)
    {
        FileHandle directory = FileHandle.Own(Libc.open(path, Libc.O_RDONLY | Libc.O_CLOEXEC), $"open {path} for its lock");
        while (true)
        {
            int error;
            using (var use = new FdUse(directory))
            {
                if (flock(use.Number, operation) == 0) return new DirectoryLock(directory);
                error = Marshal.GetLastPInvokeError();
            }

            if (error == Errno.EINTR) continue;
            directory.Dispose();
            return error == Errno.EAGAIN ? null : throw new BpfException($"lock {path}", new Errno(error));
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(int fd, int operation);
}
