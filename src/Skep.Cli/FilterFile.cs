using Skep.Filter;
using Skep.Filter.Check;
using Skep.Filter.Json;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Watch.Code;
using Skep.Watch.Output;

namespace Skep.Cli;

/// <summary>Reads rule files, as text or JSON, and says what was found.</summary>
internal static class FilterFile
{
    private const int MostDiagnostics = 50;

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
        Tell(file.Diagnostics);
        return file;
    }

    /// <summary>Prints what was found to standard error: errors first, when there are too many to print all.</summary>
    public static void Tell(IReadOnlyList<Diagnostic> diagnostics)
    {
        IEnumerable<Diagnostic> told = diagnostics.Count <= MostDiagnostics ? diagnostics : diagnostics.OrderByDescending(diagnostic => diagnostic.Severity == Severity.Error).Take(MostDiagnostics);
        foreach (Diagnostic diagnostic in told) Talk.Write(SafeText.EscapeLines(DiagnosticFormatter.Format(diagnostic)));
        if (diagnostics.Count > MostDiagnostics) Talk.Say($"and {diagnostics.Count - MostDiagnostics} more like these");
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
    public static string ReadText(string path) => path == "-" ? Console.In.ReadToEnd() : InputFile.Open(path, File.ReadAllText, "give a file, or - for standard input");

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
