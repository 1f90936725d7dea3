using System.Text;
using Skep.Cli.Common;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.State;
using Skep.Filter.Runtime.Tables;
using Skep.Linux.Files;

namespace Skep.Cli.Filter;

/// <summary>The rule files of a directory, which are applied together.</summary>
/// <param name="path">The directory.</param>
/// <param name="request">What their tables are applied to.</param>
/// <param name="options">What else is asked for.</param>
internal sealed class RulesDirectory(string path, ApplyRequest request, ApplyOptions options)
{
    private const string Ending = DirectoryFiles.Ending;

    /// <summary>Applies all tables, or none.</summary>
    public int Apply()
    {
        if (request.Devices.Count > 0 || request.Confirm is not null)
        {
            return Message.Error(
                $"applying {path}: --dev and --confirm are of one table (name devices in the files, and give one file to confirm it)",
                ExitCode.Usage);
        }

        if (DirectoryFiles.In("applying", path) is not { } files) return ExitCode.Usage;
        if (Read(files) is not { } tables) return AfterMistake();
        StaleTables? stale = options.Prune
            ? StaleTables.Find(DirectoryFiles.FullName(path), [.. tables.Select(one => one.Table.Name)], Message.Print) : null;
        int code = Attach(tables, stale);
        if (code == ExitCode.Done && options.LastGood is { } copy && !request.IsTrial) Keep(copy, [.. tables.Select(one => one.Table)]);
        return code;
    }

    private int Attach(IReadOnlyList<(Table Table, ApplyRequest Request)> tables, StaleTables? stale)
    {
        if (options.Wait is { } most)
            DeviceWait.For([.. tables.SelectMany(one => one.Request.Devices).Distinct()], request.Netns, most);
        return FilterApplyCommand.Compiling(() =>
        {
            TableGroup.Apply(tables, stale, Message.Print);
            return ExitCode.Done;
        });
    }

    private List<(Table Table, ApplyRequest Request)>? Read(IReadOnlyList<string> files)
    {
        var tables = new List<(Table Table, ApplyRequest Request)>();
        List<(Table Table, AppliedSource Source)> read = DirectoryFiles.Read("applying", files, options.Version, out bool hasMistakes);
        foreach ((Table table, AppliedSource source) in read)
        {
            AppliedSource whole = source with { Directory = DirectoryFiles.FullName(path) };
            if (FilterApplyCommand.RequestFor(table, request, whole) is { } one) tables.Add((table, one));
            else hasMistakes = true;
        }

        return hasMistakes ? null : tables;
    }

    // At boot there are no rules that would stay: better those that were applied last than none.
    private int AfterMistake()
    {
        if (request.IsTrial || options.LastGood is not { } copy || PrivateDirectory.FilesIn(copy, Ending) is not { Count: > 0 } kept)
            return Message.Error($"applying {path}: no table is changed (correct the files, and apply them again)", ExitCode.Usage);
        HashSet<string> applied = [.. AppliedTable.List()];
        if (Read(kept) is not { } tables) return ExitCode.Usage;
        tables.RemoveAll(one => applied.Contains(one.Table.Name));
        if (tables.Count == 0)
            return Message.Error($"applying {path}: the tables stay as they are (correct the files, and apply them again)", ExitCode.Usage);
        int code = Attach(tables, stale: null);
        string names = string.Join(", ", tables.Select(one => one.Table.Name));
        return code != ExitCode.Done ? code : Message.Error(
            $"applying {path}: the rules of {copy}, which were applied last, are attached instead: {names} (correct the files, and apply "
            + "them again)", ExitCode.Usage);
    }

    // With the elements of feeds, which may be other files by then.
    private static void Keep(string copy, IReadOnlyList<Table> tables)
    {
        PrivateDirectory.Ensure(copy, copy, Message.Print);
        foreach (Table table in tables)
        {
            Table whole = table with { Sets = [.. table.Sets.Select(set => set with { FeedPath = null, Elements = set.AllElements() })] };
            PrivateFile.Replace(Path.Combine(copy, table.Name + Ending), Encoding.UTF8.GetBytes(TableFormatter.Format(whole)));
        }

        HashSet<string> names = [.. tables.Select(table => table.Name + Ending)];
        foreach (string old in PrivateDirectory.FilesIn(copy, Ending))
            if (!names.Contains(Path.GetFileName(old))) PrivateFile.Remove(old);
    }
}
