namespace Skep.Testing;

/// <summary>The repository that the tests are of: the directory with Skep.slnx above them.</summary>
public static class Repository
{
    private static readonly Lazy<string> Found = new(Locate);

    public static string Root => Found.Value;

    /// <summary>The path of a file of it, or of what was built below out/.</summary>
    public static string File(string path) => Path.Combine(Root, path);

    public static string Read(string path) => System.IO.File.ReadAllText(File(path));

    private static string Locate()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (System.IO.File.Exists(Path.Combine(at.FullName, "Skep.slnx"))) return at.FullName;
        throw new FileNotFoundException("looking for the repository: there is no Skep.slnx above the tests");
    }
}
