using Skep.Cli.Common;
using Skep.Filter.Model;
using Skep.Filter.Runtime.State;
using Skep.Linux.Files;

namespace Skep.Cli.Filter;

/// <summary>The tables of the rule files in a directory.</summary>
internal static class DirectoryFiles
{
    public const string Ending = ".skep";

    /// <summary>The name of a directory under which tables that an apply of it attached are recorded.</summary>
    public static string FullName(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    /// <summary>The rule files in a directory.</summary>
    /// <param name="doing">What is done: <c>applying</c>.</param>
    /// <param name="path">The directory.</param>
    /// <returns>Null when there are none, which is printed.</returns>
    public static IReadOnlyList<string>? In(string doing, string path)
    {
        IReadOnlyList<string> files = PrivateDirectory.FilesIn(path, Ending);
        if (files.Count > 0) return files;
        Message.Error($"{doing} {path}: no file of it ends in {Ending} (give a rule file, or another directory)", ExitCode.Usage);
        return null;
    }

    /// <summary>Reads files. All are read, so that the mistakes of all are printed.</summary>
    /// <param name="doing">What is done: <c>applying</c>.</param>
    /// <param name="files">The files.</param>
    /// <param name="version">The version of the rules; null for none.</param>
    /// <param name="hasMistakes">Whether a file does not check, or a table is in two of them.</param>
    public static List<(Table Table, AppliedSource Source)> Read(
        string doing, IReadOnlyList<string> files, string? version, out bool hasMistakes)
    {
        var tables = new List<(Table Table, AppliedSource Source)>();
        hasMistakes = false;
        foreach (string file in files)
        {
            if (!FilterFile.TryRead(file, version, out Table table, out AppliedSource source))
            {
                hasMistakes = true;
                continue;
            }

            if (tables.FirstOrDefault(other => other.Table.Name == table.Name) is { Table: not null } same)
            {
                hasMistakes = true;
                Message.Error($"{doing} {file}: table {table.Name} is in {same.Source.File} too", ExitCode.Usage);
            }

            tables.Add((table, source));
        }

        return tables;
    }
}
