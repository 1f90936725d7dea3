using System.Globalization;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Inventory.Top;

/// <summary>The columns of the table of programs.</summary>
public static class TopColumn
{
    /// <summary>All columns, in the order that they are shown in.</summary>
    public static IReadOnlyList<ListColumn<ProgramLoad>> All { get; } =
    [
        new("ID", 7, load => Text(load.Id), (a, b) => a.Id.CompareTo(b.Id)),
        new("TYPE", -15, load => load.Type.Name(), (a, b) => string.CompareOrdinal(a.Type.Name(), b.Type.Name())),
        new("NAME", -24, load => SafeText.Escape(load.Name), (a, b) => string.CompareOrdinal(a.Name, b.Name)),
        new("EVENTS/S", 10,
            load => load.EventsPerSecond.ToString(load.EventsPerSecond is > 0 and < 10 ? "0.0" : "0", CultureInfo.InvariantCulture),
            (a, b) => b.EventsPerSecond.CompareTo(a.EventsPerSecond)),
        new("CPU%", 7, load => load.CpuPercent.ToString("0.00", CultureInfo.InvariantCulture),
            (a, b) => b.CpuPercent.CompareTo(a.CpuPercent)),
        new("AVG NS", 9, load => Text(load.PeriodAverageNs), (a, b) => b.PeriodAverageNs.CompareTo(a.PeriodAverageNs)),
        new("TOTAL AVG", 9, load => Text(load.AverageNs), (a, b) => b.AverageNs.CompareTo(a.AverageNs)),
        new("RUNS", 11, load => Text(load.RunCount), (a, b) => b.RunCount.CompareTo(a.RunCount)),
        new("TIME MS", 9, load => Text(load.RunTimeNs / 1_000_000), (a, b) => b.RunTimeNs.CompareTo(a.RunTimeNs)),
        new("MAPS", 7, load => Bytes(load.MapBytes), (a, b) => b.MapBytes.CompareTo(a.MapBytes)),
        new("OWNER", -20, load => OwnerText(load.Owners), (a, b) => string.CompareOrdinal(OwnerText(a.Owners), OwnerText(b.Owners))),
        new("ATTACHED", -30, load => PlaceText(load.Attachments),
            (a, b) => string.CompareOrdinal(PlaceText(a.Attachments), PlaceText(b.Attachments))),
    ];

    /// <summary>The column of a title.</summary>
    public static int IndexOf(string title)
    {
        for (int i = 0; i < All.Count; i++)
            if (All[i].Title == title) return i;
        throw new ArgumentException($"there is no column {title}");
    }

    /// <summary>The column that a key orders by; null for a key of none.</summary>
    public static int? OfKey(char key) => key switch
    {
        'P' => IndexOf("CPU%"),
        'M' => IndexOf("MAPS"),
        'T' => IndexOf("TIME MS"),
        'N' => IndexOf("ID"),
        'E' => IndexOf("EVENTS/S"),
        _ => null,
    };

    /// <summary>Bytes with a unit: <c>512</c>, <c>4.0K</c>, <c>12M</c>.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        int unit = 0;
        for (; value >= 1024 && unit < 4; unit++) value /= 1024;
        return value.ToString(unit > 0 && value < 10 ? "0.0" : "0", CultureInfo.InvariantCulture) + (unit == 0 ? "" : "KMGT"[unit - 1]);
    }

    /// <summary>Who holds a program: the first, and how many more.</summary>
    public static string OwnerText(IReadOnlyList<Owner> owners)
    {
        ArgumentNullException.ThrowIfNull(owners);
        if (owners.Count == 0) return "-";
        string more = owners.Count > 1 ? $" +{owners.Count - 1}" : "";
        return $"{SafeText.Escape(owners[0].Comm)}({owners[0].Pid}){more}";
    }

    /// <summary>Where it is attached: the first place, and how many more.</summary>
    public static string PlaceText(IReadOnlyList<Attachment> places)
    {
        ArgumentNullException.ThrowIfNull(places);
        if (places.Count == 0) return "-";
        string more = places.Count > 1 ? $" +{places.Count - 1}" : "";
        Attachment place = places[0];
        return SafeText.Escape(place.Target?.Text ?? place.Point?.Name ?? place.Kind.Name()) + more;
    }

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
