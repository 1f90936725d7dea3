namespace Skep.Filter.Tests;

internal static class Repository
{
    internal static string Root
    {
        get
        {
            for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
                if (File.Exists(Path.Combine(directory.FullName, "Skep.slnx"))) return directory.FullName;
            throw new InvalidOperationException("the tests do not run within the repository");
        }
    }

    internal static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));
}
