using System.Globalization;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;
using Skep.Linux.Streams;

namespace Skep.Linux.Files;

/// <summary>
/// A file that a user names, to which records are appended: by the rules of <see cref="OutputFile"/>, but what is in it stays. A record is
/// in it whole or not at all. It is used by one thread.
/// </summary>
public sealed class AppendedFile : IDisposable
{
    private readonly string _path;
    private FileHandle _file;
    private DescriptorStream _stream;

    private AppendedFile(string path)
    {
        _path = path;
        (_file, IsRegular) = OutputFile.OpenToAppend(path);
        _stream = new DescriptorStream(_file, path);
    }

    /// <summary>Opens it, or makes it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It may not be written; the message names it and the reason.</exception>
    public static AppendedFile Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new AppendedFile(path);
    }

    /// <summary>Whether it is a regular file, and no FIFO, terminal or other device.</summary>
    public bool IsRegular { get; private set; }

    /// <summary>How long it is.</summary>
    public long Length => (long)FileStatus.Of(_file).Size;

    /// <summary>Appends records.</summary>
    /// <param name="records">All of them, or none.</param>
    /// <param name="reason">Why none was: the file system is full, or the user's part of it.</param>
    /// <exception cref="IOException">It cannot be written for another reason.</exception>
    public bool TryAppend(ReadOnlySpan<byte> records, out string? reason)
    {
        long before = IsRegular ? Length : 0;
        reason = null;
        try
        {
            _stream.Write(records);
            return true;
        }
        catch (IOException e) when (IsRegular && e.HResult is (Errno.ENOSPC or Errno.EDQUOT))
        {
            if (!OutputFile.Truncate(_file, before, out int error))
                throw PrivateFile.Failure($"writing {_path}: cutting off a part of a record", error);
            reason = e.Message;
            return false;
        }
    }

    /// <summary>Opens what has its name by now, or makes it: another program has moved the file. Does so of a regular file only.</summary>
    /// <exception cref="IOException">It may not be written; the file that was open still is.</exception>
    public void Reopen()
    {
        if (!IsRegular) return;
        (FileHandle file, IsRegular) = OutputFile.OpenToAppend(_path);
        Take(file);
    }

    /// <summary>Renames it <c>FILE.1</c>, what has that name <c>FILE.2</c>, and so on; and begins a new one.</summary>
    /// <param name="kept">How many files are kept beside it.</param>
    /// <exception cref="IOException">One of them may not be renamed; the file that was open still is.</exception>
    public void Rotate(int kept)
    {
        using (OutputWalk walk = OutputWalk.ToFile(_path))
        {
            // Not if another program has moved it.
            if (walk.Found is { } found && FileStatus.Of(found).IsSameFile(FileStatus.Of(_file)))
            {
                int last = 1;
                while (last < kept && Exists(walk, Numbered(walk.Name, last))) last++;
                CheckReplaced(walk, Numbered(walk.Name, last));
                for (int i = last; i >= 1; i--)
                    OutputDirectory.Rename(walk.Parent, i == 1 ? walk.Name : Numbered(walk.Name, i - 1), Numbered(walk.Name, i), _path);
            }
        }

        Reopen();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _file.Dispose();
    }

    private static string Numbered(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}.{number}");

    private static bool Exists(OutputWalk walk, string name)
    {
        using FileHandle? found = Look(walk, name);
        return found is not null;
    }

    // What is replaced is removed: nothing of another user's.
    private void CheckReplaced(OutputWalk walk, string name)
    {
        using FileHandle? found = Look(walk, name);
        if (found is null) return;
        FileStatus status = FileStatus.Of(found);
        if (status is { IsRegular: true, IsOurs: true }) return;
        string what = status.IsRegular ? $"belongs to {status.OwnerText}" : "is no regular file";
        throw new IOException($"rotating {_path}: {name} is there and {what} (remove it, or name another file)");
    }

    private static FileHandle? Look(OutputWalk walk, string name)
    {
        using var use = new FdUse(walk.Parent);
        int fd = Libc.openat(use.Number, name, Libc.O_PATH | Processor.This.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
        return fd < 0 ? null : FileHandle.Own(fd, name);
    }

    private void Take(FileHandle file)
    {
        Dispose();
        _file = file;
        _stream = new DescriptorStream(file, _path);
    }
}
