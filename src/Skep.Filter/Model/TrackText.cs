namespace Skep.Filter.Model;

/// <summary>What tables track, as rule files and command lines write it.</summary>
public static class TrackText
{
    private static readonly (string Name, Sketches Value)[] All =
        [("sources", Sketches.Sources), ("ports", Sketches.Ports), ("sizes", Sketches.Sizes)];

    /// <summary>The words, in the order of the canonical form.</summary>
    internal static IEnumerable<string> Names => All.Select(a => a.Name);

    /// <summary>The words of what is tracked, in the order of the canonical form.</summary>
    /// <param name="tracked">What is tracked.</param>
    /// <returns>One word each.</returns>
    public static IEnumerable<string> Format(Sketches tracked) => All.Where(a => tracked.HasFlag(a.Value)).Select(a => a.Name);

    /// <summary>Reads one word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="tracked">What it names; none when it names nothing.</param>
    /// <returns>False when it names nothing.</returns>
    public static bool TryParse(string word, out Sketches tracked)
    {
        tracked = All.FirstOrDefault(a => a.Name == word).Value;
        return tracked != Sketches.None;
    }

    /// <summary>Reads comma-separated words, or <c>none</c>.</summary>
    /// <param name="text">For instance <c>sources,ports</c>.</param>
    /// <param name="tracked">What is named.</param>
    /// <param name="mistake">The word that names nothing.</param>
    /// <returns>False when a word names nothing.</returns>
    public static bool TryParseList(string text, out Sketches tracked, out string mistake)
    {
        ArgumentNullException.ThrowIfNull(text);
        (tracked, mistake) = (Sketches.None, "");
        if (text == "none") return true;
        foreach (var word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!TryParse(word, out var one))
            {
                mistake = word;
                return false;
            }
            tracked |= one;
        }
        return true;
    }
}
