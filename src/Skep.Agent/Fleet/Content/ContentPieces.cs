using System.IO.Compression;
using Skep.Isa;

namespace Skep.Agent.Fleet.Content;

/// <summary>Pieces of a content: each ends at the end of a line that its own bytes choose, so that a change elsewhere moves none.</summary>
public static class ContentPieces
{
    // etcd takes 1.5 MiB in a request, and base64 adds a third.
    private const int Least = 128 << 10, Most = 512 << 10;

    // One of so many lines ends a piece.
    private const uint Rarely = 1024;

    // A piece that unpacks to more is none of ours.
    private const int MostUnpacked = 4 << 20;

    /// <summary>Cuts a content.</summary>
    /// <returns>The pieces, one at least.</returns>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Cut(ReadOnlyMemory<byte> content)
    {
        var pieces = new List<ReadOnlyMemory<byte>>();
        while (content.Length > Most)
        {
            int length = EndOf(content.Span[..Most]);
            pieces.Add(content[..length]);
            content = content[length..];
        }

        pieces.Add(content);
        return pieces;
    }

    /// <summary>Compresses a piece.</summary>
    public static byte[] Pack(ReadOnlySpan<byte> piece)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(piece);
        return packed.ToArray();
    }

    /// <summary>Takes a piece out, and compares it with its hash.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static byte[] Unpack(string sha256, byte[] packed)
    {
        var piece = new MemoryStream();
        using (var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress))
        {
            byte[] buffer = new byte[64 << 10];
            for (int read; (read = gzip.Read(buffer)) > 0;)
            {
                piece.Write(buffer, 0, read);
                if (piece.Length > MostUnpacked) throw new InvalidDataException($"reading content {sha256}: it is too long");
            }
        }

        byte[] bytes = piece.ToArray();
        return Sha256Digest.Text(bytes) == sha256 ? bytes : throw new InvalidDataException($"reading content {sha256}: it is another");
    }

    private static int EndOf(ReadOnlySpan<byte> content)
    {
        uint hash = 0;
        int end = content.Length;
        for (int i = 0; i < content.Length; i++)
        {
            hash = (hash ^ content[i]) * 16777619;
            if (content[i] != '\n') continue;
            if (i >= Least && (hash >> 8) % Rarely == 0) return i + 1;
            if (i >= Least) end = i + 1;
            hash = 2166136261;
        }

        return end;
    }
}
