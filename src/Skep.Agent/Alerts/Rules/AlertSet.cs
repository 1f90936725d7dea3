using Skep.Filter.Syntax;
using Skep.Linux.Files;

namespace Skep.Agent.Alerts.Rules;

/// <summary>The alerts of a directory of files.</summary>
/// <param name="Rules">Their rules, in the order of the files' names and of the text.</param>
/// <param name="Targets">Where they are sent to.</param>
internal sealed record AlertSet(IReadOnlyList<AlertRule> Rules, IReadOnlyList<AlertTarget> Targets)
{
    private const string Ending = ".toml";
    private const int MostBytes = 1 << 20;

    /// <summary>None.</summary>
    public static AlertSet None { get; } = new([], []);

    /// <summary>Reads the files of directories.</summary>
    /// <param name="directories">The directories; where there is none, there are no alerts.</param>
    /// <param name="diagnostics">Takes what is wrong with them.</param>
    /// <returns>Null when one has an error.</returns>
    /// <exception cref="IOException">One cannot be read.</exception>
    /// <exception cref="InvalidDataException">Others than root may have written one.</exception>
    public static AlertSet? Read(IReadOnlyList<string> directories, out IReadOnlyList<Diagnostic> diagnostics) => Join(
        [
            .. directories.SelectMany(directory => PrivateDirectory.FilesIn(directory, Ending))
                .Select(path => PrivateFile.Read(path, MostBytes) is { } bytes ? AlertFile.Read(path, bytes) : null).OfType<AlertFile>(),
        ], out diagnostics);

    /// <summary>Puts files together: a name is of one rule, and of one target; rules name targets that there are.</summary>
    internal static AlertSet? Join(IReadOnlyList<AlertFile> files, out IReadOnlyList<Diagnostic> diagnostics)
    {
        var found = new List<Diagnostic>(files.SelectMany(file => file.Diagnostics));
        Twins(files, file => file.Names.Rules, "rule", found);
        Twins(files, file => file.Names.Targets, "target", found);
        HashSet<string> targets = [.. files.SelectMany(file => file.Names.Targets).Select(one => one.Name)];
        foreach (AlertFile file in files)
        {
            foreach ((string name, SourceSpan span) in file.Names.Wanted)
            {
                if (targets.Contains(name)) continue;
                string known = targets.Count == 0 ? "there is none"
                    : $"there are {string.Join(", ", targets.Order(StringComparer.Ordinal))}";
                found.Add(new(Severity.Error, file.Source, span, $"there is no target {name}",
                    Output.Spelling.DidYouMean(name, [.. targets]) ?? $"{known}; [[target]] makes one"));
            }
        }

        diagnostics = found;
        return found.Exists(one => one.Severity == Severity.Error) ? null
            : new([.. files.SelectMany(file => file.Rules)], [.. files.SelectMany(file => file.Targets)]);
    }

    private static void Twins(
        IReadOnlyList<AlertFile> files, Func<AlertFile, IReadOnlyList<(string Name, SourceSpan Span)>> names, string what,
        List<Diagnostic> found)
    {
        var first = new Dictionary<string, string>();
        foreach (AlertFile file in files)
        {
            foreach ((string name, SourceSpan span) in names(file))
            {
                string place = $"{file.Source.Name}:{file.Source.PositionOf(span.Start).Line}";
                if (first.TryAdd(name, place)) continue;
                found.Add(new(Severity.Error, file.Source, span, $"a {what} {name} is in {first[name]} already", "give it another name"));
            }
        }
    }
}
