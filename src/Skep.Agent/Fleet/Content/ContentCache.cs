using Skep.Isa;
using Skep.Linux.Files;

namespace Skep.Agent.Fleet.Content;

/// <summary>Contents by their hash, which outlive the agent.</summary>
/// <param name="directory">Where they are; null for memory only.</param>
internal sealed class ContentCache(string? directory)
{
    private const int MostBytes = 256 << 20;

    private readonly Dictionary<string, byte[]> _memory = [];

    /// <summary>Finds a content; null when it is not there, or is not what it was.</summary>
    public byte[]? Find(string sha256)
    {
        if (directory is null) return _memory.GetValueOrDefault(sha256);
        try
        {
            byte[]? bytes = PrivateFile.Read(PathOf(sha256), MostBytes);
            return bytes is not null && Sha256Digest.Text(bytes) == sha256 ? bytes : null;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Keeps a content.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Keep(string sha256, byte[] content)
    {
        if (directory is null) _memory[sha256] = content;
        else PrivateFile.ReplaceDurably(PathOf(sha256), content);
    }

    /// <summary>Drops all but some.</summary>
    public void DropBut(IReadOnlySet<string> wanted)
    {
        if (directory is null)
        {
            foreach (string gone in _memory.Keys.Where(key => !wanted.Contains(key)).ToArray()) _memory.Remove(gone);
            return;
        }

        foreach (string path in PrivateDirectory.FilesIn(directory, ""))
            if (!wanted.Contains(Path.GetFileName(path))) PrivateFile.Remove(path);
    }

    private string PathOf(string sha256) => Path.Combine(directory!, sha256);
}
