namespace Skep.Analysis.Diff;

/// <summary>
/// Matches two sequences: what stands once in each anchors the match where the order agrees (patience), and between anchors a longest
/// common subsequence is found (Myers, "An O(ND) difference algorithm and its variations"). Stretches that differ in more than
/// <see cref="MaximumDifferences"/> places are left without a match.
/// </summary>
internal static class SequenceMatch
{
    public const int MaximumDifferences = 1500;

    /// <summary>Of each element of the first sequence, the one of the second that it matches, or -1.</summary>
    public static int[] Find(int[] a, int[] b)
    {
        var match = new int[a.Length];
        Array.Fill(match, -1);
        int fromA = 0, fromB = 0;
        foreach ((int anchorA, int anchorB) in Anchors(a, b))
        {
            Between(a, b, fromA, anchorA, fromB, anchorB, match);
            match[anchorA] = anchorB;
            (fromA, fromB) = (anchorA + 1, anchorB + 1);
        }

        Between(a, b, fromA, a.Length, fromB, b.Length, match);
        return match;
    }

    private static List<(int A, int B)> Anchors(int[] a, int[] b)
    {
        Dictionary<int, int> onceA = Once(a), onceB = Once(b);
        var pairs = new List<(int A, int B)>();
        for (int i = 0; i < a.Length; i++)
            if (onceA.ContainsKey(a[i]) && onceB.TryGetValue(a[i], out int at)) pairs.Add((i, at));
        return LongestIncreasing(pairs);
    }

    private static Dictionary<int, int> Once(int[] keys)
    {
        var places = new Dictionary<int, int>();
        var repeated = new HashSet<int>();
        for (int i = 0; i < keys.Length; i++)
            if (!places.TryAdd(keys[i], i)) repeated.Add(keys[i]);
        foreach (int key in repeated) places.Remove(key);
        return places;
    }

    /// <summary>The most of some pairs, in order of the first, that are in order of the second too.</summary>
    public static List<(int A, int B)> LongestIncreasing(List<(int A, int B)> pairs)
    {
        var tails = new List<int>();
        var before = new int[pairs.Count];
        for (int i = 0; i < pairs.Count; i++)
        {
            int low = 0, high = tails.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (pairs[tails[middle]].B < pairs[i].B) low = middle + 1;
                else high = middle;
            }

            before[i] = low > 0 ? tails[low - 1] : -1;
            if (low == tails.Count) tails.Add(i);
            else tails[low] = i;
        }

        var found = new List<(int A, int B)>();
        for (int i = tails.Count > 0 ? tails[^1] : -1; i >= 0; i = before[i]) found.Add(pairs[i]);
        found.Reverse();
        return found;
    }

    private static void Between(int[] a, int[] b, int fromA, int toA, int fromB, int toB, int[] match)
    {
        while (fromA < toA && fromB < toB && a[fromA] == b[fromB]) match[fromA++] = fromB++;
        while (fromA < toA && fromB < toB && a[toA - 1] == b[toB - 1]) match[--toA] = --toB;
        int n = toA - fromA, m = toB - fromB;
        if (n == 0 || m == 0) return;
        int limit = Math.Min(n + m, MaximumDifferences);
        var trace = new List<int[]>();
        var furthest = new int[(2 * limit) + 3];
        int middle = limit + 1;
        for (int d = 0; d <= limit; d++)
        {
            trace.Add(furthest[(middle - d - 1)..(middle + d + 2)]);
            for (int k = -d; k <= d; k += 2)
            {
                int x =
                    k == -d || (k != d && furthest[middle + k - 1] < furthest[middle + k + 1])
                        ? furthest[middle + k + 1] : furthest[middle + k - 1] + 1;
                while (x < n && x - k < m && x - k >= 0 && a[fromA + x] == b[fromB + x - k]) x++;
                furthest[middle + k] = x;
                if (x < n || x - k < m) continue;
                Backtrack(trace, d, n, m, (i, j) => match[fromA + i] = fromB + j);
                return;
            }
        }
    }

    private static void Backtrack(List<int[]> trace, int d, int x, int y, Action<int, int> matched)
    {
        for (; d >= 0; d--)
        {
            int[] furthest = trace[d];
            int center = d + 1, k = x - y;
            int from = k == -d || (k != d && furthest[center + k - 1] < furthest[center + k + 1]) ? k + 1 : k - 1;
            int beforeX = d == 0 ? 0 : furthest[center + from], beforeY = d == 0 ? 0 : beforeX - from;
            while (x > beforeX && y > beforeY) matched(--x, --y);
            (x, y) = (beforeX, beforeY);
        }
    }
}
