namespace Skep.Filter.Compare;

/// <summary>
/// The lines that two lists have in common, in the same order: the longest run of those that are once in each (patience diff), and what
/// surrounds them. It takes n log n steps, where the longest common subsequence of all lines would take the product of the lengths.
/// </summary>
internal static class CommonLines
{
    /// <summary>Which lines of each are in both.</summary>
    public static (bool[] Old, bool[] Now) Find(string[] old, string[] now)
    {
        (bool[] keptOld, bool[] keptNow) = (new bool[old.Length], new bool[now.Length]);
        int first = 0;
        for (; first < old.Length && first < now.Length && old[first] == now[first]; first++) keptOld[first] = keptNow[first] = true;
        (int endOld, int endNow) = (old.Length, now.Length);
        while (endOld > first && endNow > first && old[endOld - 1] == now[endNow - 1]) keptOld[--endOld] = keptNow[--endNow] = true;
        foreach ((int left, int right) in Anchors(old, now, first, endOld, endNow)) keptOld[left] = keptNow[right] = true;
        return (keptOld, keptNow);
    }

    private static IEnumerable<(int Old, int Now)> Anchors(string[] old, string[] now, int first, int endOld, int endNow)
    {
        Dictionary<string, int> inOld = Once(old, first, endOld), inNow = Once(now, first, endNow);
        // In the order of the second, those with rising places in the first: their longest rising subsequence.
        var tails = new List<int>();
        var pairs = new List<(int Old, int Now, int Before)>();
        for (int i = first; i < endNow; i++)
        {
            if (!inNow.ContainsKey(now[i]) || !inOld.TryGetValue(now[i], out int place)) continue;
            (int low, int high) = (0, tails.Count);
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (pairs[tails[middle]].Old < place) low = middle + 1;
                else high = middle;
            }

            pairs.Add((place, i, low == 0 ? -1 : tails[low - 1]));
            if (low == tails.Count) tails.Add(pairs.Count - 1);
            else tails[low] = pairs.Count - 1;
        }

        for (int at = tails.Count == 0 ? -1 : tails[^1]; at >= 0; at = pairs[at].Before) yield return (pairs[at].Old, pairs[at].Now);
    }

    private static Dictionary<string, int> Once(string[] lines, int first, int end)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var repeated = new HashSet<string>(StringComparer.Ordinal);
        for (int i = first; i < end; i++)
            if (!places.TryAdd(lines[i], i)) repeated.Add(lines[i]);
        foreach (string line in repeated) places.Remove(line);
        return places;
    }
}
