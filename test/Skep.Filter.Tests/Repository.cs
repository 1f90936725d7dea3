namespace Skep.Filter.Tests;

internal static class Repository
{
    internal static string Read(string path)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Skep.slnx"))) return File.ReadAllText(Path.Combine(directory.FullName, path));
        throw new InvalidOperationException("the tests do not run within the repository");
    }
}
