namespace Skep.Guard.Decide;

/// <summary>Texts with one <c>*</c>, and paths of cgroups.</summary>
internal static class TextPattern
{
    private const int ShortContainerId = 12;

    /// <summary>The text before the <c>*</c> and that behind it; null behind it when there is none.</summary>
    public static (string Prefix, string? Suffix) Split(string pattern) =>
        pattern.IndexOf('*', StringComparison.Ordinal) is >= 0 and var star ? (pattern[..star], pattern[(star + 1)..]) : (pattern, null);

    /// <summary>Whether a text is what a pattern stands for.</summary>
    public static bool Matches(string pattern, string text)
    {
        (string prefix, string? suffix) = Split(pattern);
        if (suffix is null) return pattern == text;
        return text.Length >= prefix.Length + suffix.Length && text.StartsWith(prefix, StringComparison.Ordinal)
            && text.EndsWith(suffix, StringComparison.Ordinal);
    }

    /// <summary>Whether a path of a cgroup is one, or below one.</summary>
    public static bool IsAtOrBelow(string ancestor, string path) =>
        ancestor == "/" || path == ancestor
        || (path.StartsWith(ancestor, StringComparison.Ordinal) && path.Length > ancestor.Length && path[ancestor.Length] == '/');

    /// <summary>Whether a pattern is the beginning of a container's id, as runtimes print it.</summary>
    public static bool IsShortId(string pattern) =>
        pattern.Length >= ShortContainerId && !pattern.AsSpan().ContainsAnyExcept("0123456789abcdef");
}
