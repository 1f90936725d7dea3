using System.Buffers.Binary;
using System.Globalization;
using Skep.Linux.Files;

namespace Skep.Agent.Export.Delivery;

/// <summary>
/// Records that wait on disk: files in a directory of root's, each a few hundred KiB, oldest first. A record is in it whole or not at all,
/// also after a kill. It has a bound. Used by one thread.
/// </summary>
internal sealed class ExportSpool
{
    // A file is sent at once, and removed when it is.
    private const int FileBytes = 256 << 10;
    private const int FrameHeader = 12;
    private const string Extension = ".items";

    private readonly string _directory;
    private readonly List<SpoolFile> _files = [];
    private readonly Action<string> _report;
    private long _bytes;
    private ulong _last;

    private ExportSpool(string directory, Action<string> report) => (_directory, _report) = (directory, report);

    /// <summary>How many bytes it may take.</summary>
    public long MostBytes { get; set; }

    /// <summary>How many it takes.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>The file to be sent first; null when there is none.</summary>
    public SpoolFile? Oldest => _files.Count == 0 ? null : _files[0];

    /// <summary>Records in it.</summary>
    public long Records => _files.Sum(file => file.Records);

    /// <summary>Opens a spool, or makes it.</summary>
    /// <param name="root">The first directory to make.</param>
    /// <param name="directory">Its directory.</param>
    /// <param name="report">Takes what goes wrong.</param>
    /// <exception cref="IOException">It cannot be made or read.</exception>
    /// <exception cref="InvalidDataException">Others can change it.</exception>
    public static ExportSpool Open(string root, string directory, Action<string> report)
    {
        PrivateDirectory.Ensure(root, directory, report);
        var spool = new ExportSpool(directory, report);
        foreach (string found in PrivateDirectory.FilesIn(directory, Extension))
        {
            string name = System.IO.Path.GetFileName(found);
            if (ulong.TryParse(name.AsSpan(0, name.Length - Extension.Length), NumberStyles.AllowHexSpecifier, null, out ulong number))
                spool.Find(number);
        }

        return spool;
    }

    /// <summary>Appends records: all of them, or none.</summary>
    /// <param name="items">The records.</param>
    /// <param name="alone">Whether they get a file of their own, which nothing is appended to.</param>
    /// <param name="reason">Why none was.</param>
    /// <returns>The file that they are in; null for none.</returns>
    public SpoolFile? Append(IReadOnlyList<ExportItem> items, bool alone, out string? reason)
    {
        byte[] frames = Encode(items);
        if (Bytes + frames.Length > MostBytes)
        {
            reason = $"it has {Bytes} bytes of {MostBytes} (spool_bytes)";
            return null;
        }

        SpoolFile? file = _files.Count == 0 || alone ? null : _files[^1];
        if (file is null || file.IsTaken || file.Bytes + frames.Length > FileBytes) file = new SpoolFile(_last + 1);
        try
        {
            PrivateLines.Append(Path(file), frames);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // A file that was made for it is empty.
            if (file.Number > _last) TryRemove(file);
            reason = e.Message;
            return null;
        }

        if (file.Number > _last)
        {
            _last = file.Number;
            _files.Add(file);
        }

        file.Bytes += frames.Length;
        file.Records += items.Sum(item => (long)item.Records);
        file.IsTaken |= alone;
        Interlocked.Add(ref _bytes, frames.Length);
        reason = null;
        return file;
    }

    /// <summary>Reads the records of a file, to which nothing is appended any more.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public List<ExportItem> Read(SpoolFile file)
    {
        file.IsTaken = true;
        byte[] content = PrivateFile.Read(Path(file), int.MaxValue) ?? throw new InvalidDataException($"reading {Path(file)}: it is gone");
        List<ExportItem> items = Decode(content, out int length);
        if (length != content.Length || items.Sum(item => (long)item.Records) != file.Records)
            throw new InvalidDataException($"reading {Path(file)}: it is not what was written");
        return items;
    }

    /// <summary>Puts what is left of a file in its place.</summary>
    public void Replace(SpoolFile file, IReadOnlyList<ExportItem> items)
    {
        try
        {
            PrivateFile.Replace(Path(file), Encode(items));
        }
        catch (IOException e)
        {
            _report($"writing {Path(file)}: {e.Message} (some records in it will be sent twice)");
        }
    }

    /// <summary>Removes a file.</summary>
    public void Remove(SpoolFile file)
    {
        _files.Remove(file);
        Interlocked.Add(ref _bytes, -file.Bytes);
        TryRemove(file);
    }

    private static byte[] Encode(IReadOnlyList<ExportItem> items)
    {
        byte[] frames = new byte[items.Sum(item => item.Data.Length + FrameHeader)];
        Span<byte> rest = frames;
        foreach (ExportItem item in items)
        {
            BinaryPrimitives.WriteInt32LittleEndian(rest, item.Data.Length);
            BinaryPrimitives.WriteInt32LittleEndian(rest[4..], item.Records);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[8..], Checksum(item.Data));
            item.Data.CopyTo(rest[FrameHeader..]);
            rest = rest[(FrameHeader + item.Data.Length)..];
        }

        return frames;
    }

    // Up to the first frame that is not whole.
    private static List<ExportItem> Decode(ReadOnlySpan<byte> content, out int length)
    {
        var items = new List<ExportItem>();
        length = 0;
        while (content.Length - length >= FrameHeader)
        {
            ReadOnlySpan<byte> frame = content[length..];
            int bytes = BinaryPrimitives.ReadInt32LittleEndian(frame), records = BinaryPrimitives.ReadInt32LittleEndian(frame[4..]);
            if (bytes < 0 || records < 0 || bytes > frame.Length - FrameHeader) break;
            ReadOnlySpan<byte> data = frame.Slice(FrameHeader, bytes);
            if (BinaryPrimitives.ReadUInt32LittleEndian(frame[8..]) != Checksum(data)) break;
            items.Add(new(data.ToArray(), records));
            length += FrameHeader + bytes;
        }

        return items;
    }

    // FNV-1a (https://datatracker.ietf.org/doc/html/rfc9923): a disk that lost its power may have the length of a file and not its bytes.
    private static uint Checksum(ReadOnlySpan<byte> data)
    {
        uint hash = 2166136261;
        foreach (byte one in data) hash = (hash ^ one) * 16777619;
        return hash;
    }

    private void Find(ulong number)
    {
        var file = new SpoolFile(number) { IsTaken = true };
        _last = Math.Max(_last, number);
        try
        {
            byte[] content = PrivateFile.Read(Path(file), int.MaxValue) ?? [];
            file.Records = Decode(content, out int length).Sum(item => (long)item.Records);
            file.Bytes = length;
            if (length < content.Length)
            {
                _report($"{Path(file)}: {content.Length - length} bytes at its end were not written whole, and are cut off");
                if (length > 0) PrivateLines.Cut(Path(file), length);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            _report($"{e.Message} (what is in it is not exported)");
            return;
        }

        if (file.Records == 0)
        {
            TryRemove(file);
            return;
        }

        _files.Add(file);
        Interlocked.Add(ref _bytes, file.Bytes);
    }

    private void TryRemove(SpoolFile file)
    {
        try
        {
            PrivateFile.Remove(Path(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _report($"removing {Path(file)}: {e.Message}");
        }
    }

    private string Path(SpoolFile file) =>
        System.IO.Path.Combine(_directory, file.Number.ToString("x16", CultureInfo.InvariantCulture) + Extension);
}

/// <summary>A file of a spool.</summary>
/// <param name="number">Its place in the order.</param>
internal sealed class SpoolFile(ulong number)
{
    public ulong Number => number;

    /// <summary>Bytes in it.</summary>
    public long Bytes { get; set; }

    /// <summary>Records in it that are not exported yet.</summary>
    public long Records { get; set; }

    /// <summary>Whether it is being sent, or is to be sent as it is: nothing is appended to it.</summary>
    public bool IsTaken { get; set; }
}
