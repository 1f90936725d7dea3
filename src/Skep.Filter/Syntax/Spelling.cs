namespace Skep.Filter.Syntax;

/// <summary>Finds the word that was probably meant.</summary>
internal static class Spelling
{
    private const int MaxLength = 32;

    internal static string? Closest(string word, IEnumerable<string> candidates)
    {
        if (word.Length is 0 or > MaxLength) return null;
        var best = default(string);
        var bestDistance = Math.Max(1, word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            if (Math.Abs(candidate.Length - word.Length) >= bestDistance) continue;
            var distance = Distance(word, candidate);
            if (distance >= bestDistance) continue;
            (best, bestDistance) = (candidate, distance);
        }
        return best;
    }

    internal static string? DidYouMean(string word, IEnumerable<string> candidates) =>
        Closest(word, candidates) is { } closest ? $"did you mean {closest}?" : null;

    private static int Distance(string left, string right)
    {
        Span<int> row = stackalloc int[MaxLength + 64];
        if (right.Length >= row.Length) return int.MaxValue;
        for (var j = 0; j <= right.Length; j++) row[j] = j;
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                var cost = left[i - 1] == right[j - 1] ? 0 : 1;
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + cost);
                diagonal = above;
            }
        }
        return row[right.Length];
    }
}
