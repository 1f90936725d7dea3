namespace Skep.Watch.Code;

/// <summary>Files that the user names.</summary>
public static class InputFile
{
    /// <summary>Opens or reads a file.</summary>
    /// <typeparam name="T">What that gives.</typeparam>
    /// <param name="path">The file.</param>
    /// <param name="open">Opens or reads it.</param>
    /// <param name="remedy">What to do when there is no such file; null to say nothing of that.</param>
    /// <exception cref="IOException">It cannot be read; the message says which and why.</exception>
    public static T Open<T>(string path, Func<string, T> open, string? remedy = null)
    {
        ArgumentNullException.ThrowIfNull(open);
        try
        {
            return open(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException($"reading {path}: there is no such file{(remedy is null ? "" : $" ({remedy})")}", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"reading {path}: {(Directory.Exists(path) ? "it is a directory" : "it may not be read (give a file that this user may read)")}", e);
        }
    }
}
