using System.Collections.Concurrent;

namespace Skep.Testing;

/// <summary>A directory that lasts as long as a test, open to every user.</summary>
public sealed class Scratch : IDisposable
{
    private const UnixFileMode Everyone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    internal const string Prefix = "skep-test-";

    private static readonly ConcurrentDictionary<string, bool> Made = new();

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory(Prefix);

    public Scratch()
        : this(lastsAsLongAsTheRun: false)
    {
    }

    internal Scratch(bool lastsAsLongAsTheRun)
    {
        System.IO.File.SetUnixFileMode(_directory.FullName, Everyone);
        if (!lastsAsLongAsTheRun) Made[Path] = true;
    }

    /// <summary>Those that no test has disposed.</summary>
    internal static IEnumerable<string> Undisposed => Made.Keys.Select(path => $"scratch directory {path}");

    public string Path => _directory.FullName;

    public string File(string name) => System.IO.Path.Combine(_directory.FullName, name);

    /// <summary>Writes a file of it; its path.</summary>
    public string Write(string name, string text)
    {
        System.IO.File.WriteAllText(File(name), text);
        return File(name);
    }

    public void Dispose()
    {
        _directory.Delete(recursive: true);
        Made.TryRemove(Path, out _);
    }
}
