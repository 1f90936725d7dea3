using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Filter;
using Skep.Filter.Check;
using Skep.Filter.Json;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Sets;
using Skep.Filter.Runtime.State;
using Skep.Filter.Syntax;
using Skep.Isa;
using Skep.Linux.Files;

namespace Skep.Cli.Filter;

/// <summary>Reads rule files, as text or JSON, and prints what was found.</summary>
internal static class FilterFile
{
    private const int MostDiagnostics = 50;

    /// <summary>Reads a rule file and prints its findings to standard error.</summary>
    /// <param name="path">The file, or - for standard input.</param>
    public static RuleFile Read(string path) => Read(path, NamedInput.ReadBytes(path, InputLimit.Rules));

    private static RuleFile Read(string path, byte[] bytes)
    {
        string text = InputFile.Decode(bytes);
        var feeds = new FeedFiles(path == "-" ? "." : Path.GetDirectoryName(Path.GetFullPath(path))!);
        string name = path == "-" ? "standard input" : path;
        RuleFile file = text.AsSpan().TrimStart().StartsWith("{")
            ? TableJson.Read(name, text, feeds.Read)
            : RuleFile.Read(new SourceText(name, text), feeds.Read);
        Print(file.Diagnostics);
        return file;
    }

    /// <summary>Prints what was found to standard error: errors first, when there are too many to print all.</summary>
    public static void Print(IReadOnlyList<Diagnostic> diagnostics)
    {
        IEnumerable<Diagnostic> printed = diagnostics.Count <= MostDiagnostics
            ? diagnostics
            : diagnostics.OrderByDescending(diagnostic => diagnostic.Severity == Severity.Error).Take(MostDiagnostics);
        foreach (Diagnostic diagnostic in printed) Message.PrintLine(DiagnosticFormatter.Format(diagnostic));
        if (diagnostics.Count > MostDiagnostics) Message.Print($"and {diagnostics.Count - MostDiagnostics} more like these");
    }

    /// <summary>Reads the table of a rule file, and what shows where it comes from.</summary>
    /// <returns>False when it has an error, which is printed.</returns>
    public static bool TryRead(string path, string? version, out Table table, out AppliedSource source)
    {
        byte[] bytes = NamedInput.ReadBytes(path, InputLimit.Rules);
        RuleFile file = Read(path, bytes);
        table = file.Table!;
        source = new AppliedSource(path == "-" ? path : Path.GetFullPath(path), Sha256Digest.Text(bytes), SkepVersion.Full)
        {
            Version = version,
        };
        return file.Table is not null;
    }

    /// <summary>Reads the table of a rule file.</summary>
    /// <returns>False when it has an error, which is printed.</returns>
    public static bool TryRead(string path, out Table table)
    {
        RuleFile file = Read(path);
        table = file.Table!;
        return file.Table is not null;
    }
}
