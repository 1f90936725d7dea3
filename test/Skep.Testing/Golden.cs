using System.Runtime.CompilerServices;

namespace Skep.Testing;

/// <summary>
/// Expected texts in files, which people have checked. With UPDATE_GOLDENS=1 a test that finds another text writes it into the file and
/// fails all the
/// same: the change is then read in the difference of the repository. Expectations that are written by hand from a specification are not
/// goldens.
/// </summary>
public static class Golden
{
    private const string Switch = "UPDATE_GOLDENS", MappedRoot = "/_/";

    private static readonly Lock Writing = new();

    private static bool Updates => Environment.GetEnvironmentVariable(Switch) == "1";

    /// <summary>The path in the repository of a file, named from the directory of the calling test's source.</summary>
    public static string Beside(string name, [CallerFilePath] string source = "")
    {
        string file = source.StartsWith(MappedRoot, StringComparison.Ordinal) ? Repository.File(source[MappedRoot.Length..]) : source;
        return Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, name));
    }

    /// <summary>Holds a text to a whole file.</summary>
    public static void AssertText(string path, string text)
    {
        string expected = File.Exists(path) ? File.ReadAllText(path) : "";
        if (expected == text) return;
        if (Updates) File.WriteAllText(path, text);
        Assert.False(Updates, $"{path} is updated");
        Assert.Equal(expected, text);
    }

    /// <summary>Holds a line to a line of a file.</summary>
    public static void AssertLine(string path, string expected, string line)
    {
        if (expected == line) return;
        if (Updates)
        {
            lock (Writing) File.WriteAllLines(path, File.ReadAllLines(path).Select(old => old == expected ? line : old));
        }

        Assert.False(Updates, $"{path} is updated");
        Assert.Equal(expected, line);
    }
}
