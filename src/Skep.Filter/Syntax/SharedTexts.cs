using System;

namespace Skep.Filter.Syntax;

/// <summary>The texts of tokens; the short ones, which come again and again, are one string each.</summary>
internal sealed class SharedTexts
{
    private const int LongestShared = 12, MostShared = 1024;

    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _shared =
        new HashSet<string>().GetAlternateLookup<ReadOnlySpan<char>>();

    internal string Of(ReadOnlySpan<char> text)
    {
        if (text.Length > LongestShared) return text.ToString();
        if (_shared.TryGetValue(text, out var shared)) return shared;
        shared = text.ToString();
        if (_shared.Set.Count < MostShared) _shared.Add(shared);
        return shared;
    }
}
