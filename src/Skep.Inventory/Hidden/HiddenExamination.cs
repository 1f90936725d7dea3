namespace Skep.Inventory.Hidden;

/// <summary>What an examination has come to.</summary>
/// <param name="Hidden">Objects that were hidden in every look, by kind and name.</param>
/// <param name="Unsettled">Objects that looked hidden, but programs of the same tag came or went meanwhile each time.</param>
/// <param name="Last">The last look.</param>
/// <param name="Looks">How often was looked.</param>
public sealed record HiddenReport(IReadOnlyList<HiddenObject> Hidden, IReadOnlyList<HiddenKey> Unsettled, ObjectSightings Last, int Looks);

/// <summary>
/// Compares the sources that show objects. What comes or goes between the reading of two sources looks hidden for a moment; the kernel
/// gives no id twice while one looks, so only what the same sources show and hide in every look is reported.
/// </summary>
public static class HiddenExamination
{
    private const int MostLooks = 5;

    /// <summary>Looks until nothing is left that may be hidden, five times at most.</summary>
    /// <param name="look">Looks once.</param>
    /// <param name="changed">The tags of programs that came or went since the examination began.</param>
    /// <param name="pause">Waits before the look of a number, from 1: what the kernel frees later is then gone.</param>
    public static HiddenReport Examine(Func<ObjectSightings> look, Func<IReadOnlySet<string>> changed, Action<int> pause)
    {
        ArgumentNullException.ThrowIfNull(look);
        ArgumentNullException.ThrowIfNull(changed);
        ArgumentNullException.ThrowIfNull(pause);
        Dictionary<HiddenKey, HiddenObject>? suspects = null;
        ObjectSightings last;
        int looks = 0;
        do
        {
            if (looks > 0) pause(looks);
            last = look();
            looks++;
            suspects = Narrow(suspects, last);
        }
        while (suspects.Count > 0 && looks < MostLooks);
        IReadOnlySet<string> moving = changed();
        HiddenObject[] settled =
            [
                .. suspects.Values.Where(o => !moving.Contains(o.Key.Name)).OrderBy(o => o.Key.Kind, StringComparer.Ordinal)
                    .ThenBy(o => o.Key.Name.PadLeft(20, '0'), StringComparer.Ordinal)];
        return new HiddenReport(settled, [.. suspects.Keys.Where(key => moving.Contains(key.Name))], last, looks);
    }

    // What was hidden before and is now, with the sources that agree both times.
    private static Dictionary<HiddenKey, HiddenObject> Narrow(Dictionary<HiddenKey, HiddenObject>? before, ObjectSightings now)
    {
        var left = new Dictionary<HiddenKey, HiddenObject>();
        foreach (HiddenObject one in now.Discrepancies())
        {
            if (before is null)
            {
                left[one.Key] = one;
                continue;
            }

            if (!before.TryGetValue(one.Key, out HiddenObject? other)) continue;
            string[] shown = [.. one.ShownBy.Intersect(other.ShownBy)], hidden = [.. one.HiddenBy.Intersect(other.HiddenBy)];
            if (shown.Length > 0 && hidden.Length > 0) left[one.Key] = new HiddenObject(one.Key, shown, hidden);
        }

        return left;
    }
}
