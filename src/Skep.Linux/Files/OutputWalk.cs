using System.Runtime.InteropServices;
using System.Text;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Files;

/// <summary>
/// Walks a path for output, a directory at a time and by descriptors, so that what was looked at is what is used. A symbolic link is
/// followed only when it belongs to root or to the user of this process: another user could lead it anywhere, and while it is looked at,
/// somewhere else.
/// </summary>
internal sealed unsafe partial class OutputWalk : IDisposable
{
    // As the kernel's MAXSYMLINKS.
    private const int MostLinks = 40;
    private const int MostLinkBytes = 4096, StatfsSize = 120;
    private const long PROC_SUPER_MAGIC = 0x9fa0;
    private const uint WritableByOthers = 0x12; // 0022

    private readonly string _path;
    private readonly Stack<string> _left = new();
    private int _links;

    private OutputWalk(string path)
    {
        _path = path;
        Parent = null!;
        Enter(path);
    }

    /// <summary>The directory that was reached.</summary>
    internal FileHandle Parent { get; private set; }

    /// <summary>Whether nobody but root can have put anything into a directory on the way.</summary>
    internal bool IsRootsAlone { get; private set; } = true;

    /// <summary>The name that is left, in the directory.</summary>
    internal string Name { get; private set; } = "";

    /// <summary>What has that name, not opened for anything; null when there is nothing.</summary>
    internal FileHandle? Found { get; private set; }

    /// <summary>The number of the open descriptor that the path stands for (<c>/dev/stdout</c>); null when it is a file.</summary>
    internal int? Descriptor { get; private set; }

    /// <summary>Walks to a file, which may be missing.</summary>
    /// <exception cref="IOException">It cannot be reached, or not without a link of another user.</exception>
    internal static OutputWalk ToFile(string path)
    {
        if (path.Length == 0) throw Refused("the output", "its name is empty (name a file)");
        if (path.Contains('\0')) throw Refused(path, "its name has a zero byte (name another file)");
        var walk = new OutputWalk(path);
        try
        {
            walk.Descriptor = DescriptorOf(path);
            while (walk.Descriptor is null && !walk.Arrive())
            {
            }

            return walk;
        }
        catch
        {
            walk.Dispose();
            throw;
        }
    }

    /// <summary>Walks to a directory; those that are missing are made for their owner alone, whatever the umask.</summary>
    /// <exception cref="IOException">It cannot be reached or made, or not without a link of another user.</exception>
    internal static OutputWalk ToDirectory(string path)
    {
        if (path.Length == 0 || path.Contains('\0')) throw Refused("the output", "its name is empty or has a zero byte (name a directory)");
        var walk = new OutputWalk(path);
        try
        {
            while (walk._left.TryPop(out string? name)) walk.Descend(name, make: true);
            return walk;
        }
        catch
        {
            walk.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Parent.Dispose();
        Found?.Dispose();
    }

    internal static IOException Refused(string path, string reason) => new($"writing {path}: {reason}");

    /// <summary>Takes a step; at the last name, looks what has it.</summary>
    private bool Arrive()
    {
        if (!_left.TryPop(out string? name) || (_left.Count == 0 && name is "." or ".."))
            throw Refused(_path, "it is a directory (name a file)");
        if (_left.Count > 0)
        {
            Descend(name, make: false);
            return false;
        }

        FileHandle? found = TryOpen(name, 0, out int error);
        if (found is null && error != Errno.ENOENT) throw PrivateFile.Failure($"writing {_path}", error);
        if (found is not null && FileStatus.Of(found) is { IsSymbolicLink: true } link)
        {
            using (found) Follow(found, link, name);
            return Descriptor is not null;
        }

        if (_path.EndsWith('/')) throw Refused(_path, "it names a directory (name a file)");
        (Name, Found) = (name, found);
        return true;
    }

    private void Descend(string name, bool make)
    {
        if (name == ".") return;
        FileHandle? next = TryOpen(name, Processor.This.O_DIRECTORY, out int error);
        if (next is null && error == Errno.ENOENT && make) next = Make(name, out error);
        if (next is not null)
        {
            Go(next);
            return;
        }

        if (error == Errno.ENOENT) throw Refused(_path, $"there is no directory {Shown(name)} (make it first: mkdir)");
        if (error is not Errno.ENOTDIR and not Errno.ELOOP) throw PrivateFile.Failure($"writing {_path}: opening {Shown(name)}", error);
        using FileHandle other = TryOpen(name, 0, out error) ?? throw PrivateFile.Failure($"writing {_path}: opening {Shown(name)}", error);
        FileStatus status = FileStatus.Of(other);
        if (!status.IsSymbolicLink) throw NotDirectory(name);
        Follow(other, status, name);
    }

    private FileHandle? Make(string name, out int error)
    {
        using var use = new FdUse(Parent);
        bool made = mkdirat(use.Number, name, 0x1c0) == 0;
        error = made ? 0 : Marshal.GetLastPInvokeError();
        if (!made && error != Errno.EEXIST) throw PrivateFile.Failure($"writing {_path}: making the directory {Shown(name)}", error);
        FileHandle? directory = TryOpen(name, Processor.This.O_DIRECTORY, out error);
        if (directory is null || !made) return directory;

        // The umask may have taken the owner's own permissions. A descriptor of a path has no fchmod.
        using var opened = new FdUse(directory);
        _ = chmod($"/proc/self/fd/{opened.Number}", 0x1c0);
        return directory;
    }

    private void Follow(FileHandle link, FileStatus status, string name)
    {
        if (!status.IsOurs)
            throw Refused(_path,
                $"{Shown(name)} is a symbolic link of {status.OwnerText}, who can lead it anywhere (remove it, or name what it leads to)");
        if (++_links > MostLinks) throw PrivateFile.Failure($"writing {_path}", Errno.ELOOP);
        if (IsOfProc(link) && name is not "self" and not "thread-self")
            throw Refused(_path, $"{Shown(name)} is a link of the kernel to what a process has open (name the file itself)");
        string target = TargetOf(link);
        if (target.StartsWith('/')) Descriptor = DescriptorOf(string.Join('/', [target.TrimEnd('/'), .. _left]));
        if (Descriptor is null) Enter(target);
    }

    /// <summary>Has a path before what is left; one from the root starts there.</summary>
    private void Enter(string path)
    {
        if (path.StartsWith('/') || Parent is null)
            Go(
                FileHandle.Own(Libc.open(path.StartsWith('/') ? "/" : ".", Libc.O_PATH | Processor.This.O_DIRECTORY | Libc.O_CLOEXEC),
                    $"open the directory of {_path}"));
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries).Reverse()) _left.Push(name);
    }

    private void Go(FileHandle directory)
    {
        Parent?.Dispose();
        Parent = directory;
        FileStatus status = FileStatus.Of(directory);
        IsRootsAlone &= status.Owner == 0 && (status.Permissions & WritableByOthers) == 0;
    }

    private FileHandle? TryOpen(string name, int flags, out int error)
    {
        using var use = new FdUse(Parent);
        int fd = Libc.openat(use.Number, name, Libc.O_PATH | Processor.This.O_NOFOLLOW | Libc.O_CLOEXEC | flags, 0);
        error = fd < 0 ? Marshal.GetLastPInvokeError() : 0;
        return fd < 0 ? null : FileHandle.Own(fd, name);
    }

    private IOException NotDirectory(string name) => Refused(_path, $"{Shown(name)} is not a directory");

    /// <summary>A name of the path, with what is before it where that is the path as it was given.</summary>
    private string Shown(string name)
    {
        if (_links > 0) return name;
        string rest = string.Join('/', [name, .. _left]), trimmed = _path.TrimEnd('/');
        return trimmed.EndsWith(rest, StringComparison.Ordinal) ? trimmed[..^(rest.Length - name.Length)] : name;
    }

    private string TargetOf(FileHandle link)
    {
        using var use = new FdUse(link);
        byte* target = stackalloc byte[MostLinkBytes];
        nint length = readlinkat(use.Number, "", target, MostLinkBytes);
        if (length <= 0)
            throw PrivateFile.Failure($"writing {_path}: reading a symbolic link",
                length < 0 ? Marshal.GetLastPInvokeError() : Errno.ENOENT);
        return Encoding.UTF8.GetString(target, (int)length);
    }

    private static bool IsOfProc(FileHandle file)
    {
        using var use = new FdUse(file);
        byte* buffer = stackalloc byte[StatfsSize];
        return fstatfs(use.Number, buffer) == 0 && *(long*)buffer == PROC_SUPER_MAGIC;
    }

    /// <summary>
    /// The number in a path of one of this process's own descriptors. Opening it would open the file anew, from its beginning.
    /// </summary>
    private static int? DescriptorOf(string path)
    {
        string[] names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (!path.StartsWith('/') || path.EndsWith('/')) return null;
        return names switch
        {
            ["dev", "stdin"] => 0,
            ["dev", "stdout"] => 1,
            ["dev", "stderr"] => 2,
            ["dev", "fd", var number] => Number(number),
            ["proc", "self" or "thread-self", "fd", var number] => Number(number),
            ["proc", var process, "fd", var number] when Number(process) == Environment.ProcessId => Number(number),
            _ => null,
        };
    }

    private static int? Number(string text) => text.All(char.IsAsciiDigit) && int.TryParse(text, out int number) ? number : null;

    // https://man7.org/linux/man-pages/man2/mkdir.2.html
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int mkdirat(int dirfd, string path, uint mode);

    // https://man7.org/linux/man-pages/man2/chmod.2.html
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int chmod(string path, uint mode);

    // https://man7.org/linux/man-pages/man2/readlink.2.html
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint readlinkat(int dirfd, string path, byte* buf, nuint bufsiz);

    // https://man7.org/linux/man-pages/man2/fstatfs.2.html; f_type is first
    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(int fd, byte* buf);
}
