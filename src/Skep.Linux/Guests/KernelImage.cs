using System.Buffers.Binary;
using System.Text;
using Skep.Linux.Files;
using Skep.Linux.Kernel;

namespace Skep.Linux.Guests;

/// <summary>A kernel to boot: a bzImage of x86 (Documentation/arch/x86/boot.rst).</summary>
/// <param name="Path">Its file.</param>
/// <param name="Release">Its release, as <c>uname -r</c>; empty where the image does not say.</param>
public sealed record KernelImage(string Path, string Release)
{
    private const int MagicAt = 0x202, VersionAt = 0x20e, BeforeVersion = 0x200, HeaderEnd = 0x210, SetupBytes = 1 << 15;

    /// <summary>Reads the header of an image.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no kernel.</exception>
    public static KernelImage Read(string path)
    {
        byte[] start = new byte[SetupBytes];
        using InputStream stream = InputFile.Open(path, InputLimit.Kernel);
        int length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return ReleaseOf(start.AsSpan(0, length)) is { } release
            ? new KernelImage(System.IO.Path.GetFullPath(path), release)
            : throw new InvalidDataException($"reading {path}: it is no kernel of x86 (give a vmlinuz or a bzImage)");
    }

    /// <summary>The release that the beginning of an image names, empty without one; null where it is no image.</summary>
    public static string? ReleaseOf(ReadOnlySpan<byte> start)
    {
        if (start.Length < HeaderEnd || !start[MagicAt..].StartsWith("HdrS"u8)) return null;
        int version = BinaryPrimitives.ReadUInt16LittleEndian(start[VersionAt..]);
        if (version == 0 || version + BeforeVersion >= start.Length) return "";
        ReadOnlySpan<byte> text = start[(version + BeforeVersion)..];
        int end = text.IndexOfAny((byte)0, (byte)' ');
        return end < 0 ? "" : Encoding.UTF8.GetString(text[..end]);
    }

    /// <summary>Where its configuration is: beside it, or in /boot, by the name that distributions give it; null where it is not.</summary>
    public string? Configuration => Release.Length == 0 || Release.Contains('/', StringComparison.Ordinal) ? null
        : new[] { System.IO.Path.GetDirectoryName(Path)!, "/boot" }
            .Select(directory => System.IO.Path.Combine(directory, $"config-{Release}")).FirstOrDefault(KernelFile.Exists);

    /// <summary>The images in a directory, or where there are none, in those in it; null where the path is no directory.</summary>
    public static IReadOnlyList<string>? InDirectory(string path)
    {
        if (KernelDirectory.Names(path).Value is not { } names) return null;
        List<string> found = Of(path, names);
        if (found.Count == 0)
        {
            found = [.. names.Select(name => System.IO.Path.Combine(path, name))
                .SelectMany(below => Of(below, KernelDirectory.Names(below).Value ?? []))];
        }

        // A link, as Debian's vmlinuz and vmlinuz.old, after the file that it is to.
        return [.. found.OrderBy(image => KernelFile.Link(image).Value is not null).DistinctBy(image => ResolvedPath.Of(image) ?? image)
            .OrderBy(ByNumber, StringComparer.Ordinal)];
    }

    private static List<string> Of(string directory, string[] names) =>
        [.. names.Where(name => name.StartsWith("vmlinuz", StringComparison.Ordinal) || name == "bzImage")
            .Select(name => System.IO.Path.Combine(directory, name))];

    // With numbers of one length: 6.9 comes before 6.12.
    private static string ByNumber(string path)
    {
        const int digits = 10;
        var text = new StringBuilder();
        for (int at = 0; at < path.Length;)
        {
            int end = at;
            while (end < path.Length && char.IsAsciiDigit(path[end])) end++;
            if (end == at) text.Append(path[at++]);
            else text.Append(path[at..end].PadLeft(digits, '0'));
            at = Math.Max(at, end);
        }

        return text.ToString();
    }
}
