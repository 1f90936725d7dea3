namespace Skep.Watch.Code;

/// <summary>Files that the user names.</summary>
internal static class InputFile
{
    /// <summary>All bytes of a file.</summary>
    /// <exception cref="IOException">It cannot be read; the message says which and why.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException($"reading {path}: there is no such file", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"reading {path}: {(Directory.Exists(path) ? "it is a directory" : "it may not be read (give a file that this user may read)")}", e);
        }
    }
}
