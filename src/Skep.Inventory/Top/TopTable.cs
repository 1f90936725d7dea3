using System.Globalization;
using Skep.Bpf;
using Skep.Output.Screen;

namespace Skep.Inventory.Top;

/// <summary>Programs as rows of a list.</summary>
public static class TopTable
{
    /// <summary>Makes a list of programs, those that take most of the CPU first.</summary>
    public static RowList<ProgramLoad> Create() => new(
        TopColumn.All, TopColumn.IndexOf("CPU%"), load => load.Id.ToString(CultureInfo.InvariantCulture), Matches);

    /// <summary>Whether a filter lets a program through.</summary>
    /// <param name="load">The program.</param>
    /// <param name="filter">Part of a name, type, owner, place, or an id. Letters' case does not matter.</param>
    private static bool Matches(ProgramLoad load, string filter) =>
        Has(load.Name, filter) || Has(load.Type.Name(), filter) || load.Id.ToString(CultureInfo.InvariantCulture) == filter
        || load.Owners.Any(owner => Has(owner.Comm, filter)) || load.Attachments.Any(place => Has(place.Target?.Text ?? "", filter));

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
