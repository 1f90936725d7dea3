using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.State;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Attach;

/// <summary>Tables that an apply of a directory attached, and that no file of it has any more.</summary>
/// <param name="Directory">The directory, in full.</param>
/// <param name="Names">Their names, sorted.</param>
public sealed record StaleTables(string Directory, IReadOnlyList<string> Names)
{
    /// <summary>Finds them. A table that was applied from its file alone is none, wherever the file is.</summary>
    /// <param name="directory">The directory, in full.</param>
    /// <param name="present">The tables that its files have.</param>
    /// <param name="report">Takes what cannot be read.</param>
    public static StaleTables Find(string directory, IReadOnlyCollection<string> present, Action<string> report)
    {
        ArgumentNullException.ThrowIfNull(present);
        ArgumentNullException.ThrowIfNull(report);
        return new(directory, [.. TableStore.Tables().Where(name => !present.Contains(name) && IsOf(name, directory, report))]);
    }

    private static bool IsOf(string name, string directory, Action<string> report)
    {
        try
        {
            using ActingRules? rules = ActingRules.Open(name);
            return rules?.State.Source?.Directory == directory;
        }
        catch (Exception e) when (e is KernelException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            report($"table {name} stays as it is: {e.Message}");
            return false;
        }
    }
}
