using Skep.Linux.Kernel;

namespace Skep.Watch.Capture;

/// <summary>A system call from its entry to its exit: the kernel side's record, and what it read of the process's memory.</summary>
internal sealed class CapturedCall
{
    private readonly Dictionary<BlobKind, BlobBuffer> _blobs = [];
    private readonly List<(ulong Id, string Path)> _cgroups = [];

    /// <summary>The record; valid once the call is complete.</summary>
    public CallRecord Record;

    /// <summary>The kernel side's number of the call.</summary>
    public required ulong Id { get; init; }

    /// <summary>The instructions of a program, or of a classic filter.</summary>
    public CapturedCode? Code { get; private set; }

    /// <summary>Whether the process's memory is read only when the call ends, and only where the kernel made no copy.</summary>
    public bool IsReadOnce => (Record.Entry.Flags & CallFlags.Once) != 0;

    /// <summary>Where in time the last piece came: what outlives its call is dropped by it.</summary>
    public long LastTouched { get; private set; }

    public void Add(in BlobRecord header, ReadOnlySpan<byte> bytes, long now)
    {
        LastTouched = now;
        switch (header.Blob)
        {
            case BlobKind.Code:
                (Code ??= new CapturedCode()).AddKernel(header, bytes);
                break;
            case BlobKind.InsnsEnter or BlobKind.FilterEnter:
                (Code ??= new CapturedCode()).AddEnter(header, bytes);
                break;
            case BlobKind.InsnsExit or BlobKind.FilterExit:
                (Code ??= new CapturedCode()).AddExit(header, bytes);
                break;
            case BlobKind.Target:
                _cgroups.Add((header.Address, KernelText.ReadReversedPath(bytes)));
                break;
            default:
                if (!_blobs.TryGetValue(header.Blob, out BlobBuffer? blob)) _blobs[header.Blob] = blob = new BlobBuffer(header.Total);
                blob.Add(header, bytes);
                break;
        }
    }

    public BlobBuffer? Blob(BlobKind kind) => _blobs.GetValueOrDefault(kind);

    /// <summary>The path of a cgroup whose descriptor the call named; null when none of this id was.</summary>
    public string? CgroupPath(ulong id)
    {
        foreach ((ulong known, string path) in _cgroups)
            if (known == id) return path;
        return null;
    }

    /// <summary>A blob that is a string; null when it was not sent.</summary>
    public string? Text(BlobKind kind) => Blob(kind) is { } blob ? KernelText.Read(blob.Bytes) : null;
}
