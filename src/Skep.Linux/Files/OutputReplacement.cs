using System.Runtime.InteropServices;
using Skep.Linux.Handles;
using Skep.Linux.Interop;
using Skep.Linux.Streams;

namespace Skep.Linux.Files;

/// <summary>
/// A file on its way: it is written under a name that cannot be known before, and takes the place of the one that was there when it is
/// whole. What goes to a device, a FIFO or an open descriptor is written at once.
/// </summary>
public sealed partial class OutputReplacement : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly string _path;
    private readonly OutputWalk? _place;
    private readonly FileHandle _file;
    private readonly DescriptorStream _unbuffered;
    private readonly string _partial = NewName();
    private bool _isPlaced;

    internal OutputReplacement(string path, FileHandle file)
    {
        (_path, _file, _unbuffered) = (path, file, new DescriptorStream(file, path));
        Stream = new BufferedStream(_unbuffered, BufferBytes);
    }

    internal OutputReplacement(string path, OutputWalk place)
    {
        (_path, _place) = (path, place);
        _file =
            OutputFile.Create(place.Parent, _partial, out int error)
                ?? throw PrivateFile.Failure($"writing {path}: creating a file beside it", error);
        _unbuffered = new DescriptorStream(_file, path);
        Stream = new BufferedStream(_unbuffered, BufferBytes);
    }

    /// <summary>Takes the bytes.</summary>
    public Stream Stream { get; }

    /// <summary>Puts the file in its place.</summary>
    /// <exception cref="IOException">It cannot be written whole; what was there before is as it was.</exception>
    public void Commit()
    {
        Stream.Flush();
        if (_place is null) return;
        Sync(_file, _path);
        OutputDirectory.Rename(_place.Parent, _partial, _place.Name, _path);
        _isPlaced = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The buffered stream is not disposed: it would write what is left of a file that failed.
        if (_place is not null && !_isPlaced) OutputDirectory.Remove(_place.Parent, _partial);
        _unbuffered.Dispose();
        _place?.Dispose();
    }

    /// <summary>Waits until the disk has what was written to a file, or the names in a directory.</summary>
    /// <exception cref="IOException">It has not: some file systems find out only now that they are full.</exception>
    internal static void Sync(FileHandle file, string path)
    {
        using var use = new FdUse(file);
        if (fsync(use.Number) < 0) throw PrivateFile.Failure($"writing {path}", Marshal.GetLastPInvokeError());
    }

    /// <summary>A name that nobody can have taken before.</summary>
    internal static string NewName() => $".skep-{Guid.NewGuid():N}";

    // https://man7.org/linux/man-pages/man2/fsync.2.html
    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int fd);
}
