using System.Globalization;

namespace Skep.Debug.Trace;

/// <summary>A histogram by powers of two, in the layout of bcc's tools (print_log2_hist of libbpf-tools/trace_helpers.c).</summary>
internal static class TraceHistogram
{
    private const int Stars = 40, NarrowSlots = 32;

    /// <summary>The bounds of a slot.</summary>
    public static (ulong Low, ulong High) Bounds(int slot) => slot == 0 ? (0, 1) : (1UL << slot, (1UL << slot) + ((1UL << slot) - 1));

    /// <summary>The lines, from the first slot that counted something to the last; none where nothing did.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<ulong> counts)
    {
        int last = counts.Count - 1;
        while (last >= 0 && counts[last] == 0) last--;
        if (last < 0) yield break;
        int first = 0;
        while (counts[first] == 0) first++;
        ulong most = counts.Max();
        int width = last < NarrowSlots ? 10 : 20;
        string title = "nsecs".PadRight(width == 10 ? 19 : 29).PadLeft(width == 10 ? 24 : 44);
        yield return $"{title} : count    distribution";
        for (int slot = first; slot <= last; slot++)
        {
            (ulong low, ulong high) = Bounds(slot);
            string stars = new string('*', (int)((UInt128)counts[slot] * Stars / most)).PadRight(Stars);
            string from = low.ToString(CultureInfo.InvariantCulture).PadLeft(width);
            string to = high.ToString(CultureInfo.InvariantCulture).PadRight(width);
            yield return $"{from} -> {to} : {counts[slot].ToString(CultureInfo.InvariantCulture).PadRight(8)} |{stars}|";
        }
    }
}
