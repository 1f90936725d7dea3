using Skep.Filter;
using Skep.Filter.Check;
using Skep.Filter.Json;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Cli;

/// <summary>Reads rule files, as text or JSON, and says what was found.</summary>
internal static class FilterFile
{
    /// <summary>Reads a rule file and prints its findings to standard error.</summary>
    /// <param name="path">The file, or - for standard input.</param>
    public static RuleFile Read(string path)
    {
        string text = ReadText(path);
        string directory = path == "-" ? "." : Path.GetDirectoryName(Path.GetFullPath(path))!;
        string name = path == "-" ? "standard input" : path;
        RuleFile file = text.AsSpan().TrimStart().StartsWith("{")
            ? TableJson.Read(name, text, feed => ReadFeed(directory, feed))
            : RuleFile.Read(new SourceText(name, text), feed => ReadFeed(directory, feed));
        foreach (Diagnostic diagnostic in file.Diagnostics) Console.Error.WriteLine(DiagnosticFormatter.Format(diagnostic));
        return file;
    }

    /// <summary>Reads the table of a rule file.</summary>
    /// <returns>False when it has an error, which is printed.</returns>
    public static bool TryRead(string path, out Table table)
    {
        RuleFile file = Read(path);
        table = file.Table!;
        return file.Table is not null;
    }

    /// <summary>Reads a file whole; - is standard input.</summary>
    public static string ReadText(string path)
    {
        try
        {
            return path == "-" ? Console.In.ReadToEnd() : File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new IOException($"reading {path}: there is no such file (give a file, or - for standard input)", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"reading {path}: it may not be read (give a file that this user may read)", e);
        }
    }

    private static FeedText ReadFeed(string directory, string path)
    {
        try
        {
            return new FeedText(File.ReadAllText(Path.Combine(directory, path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FeedText(null, e.Message);
        }
    }
}
