using Skep.Packets.Values;

namespace Skep.Filter.Model;

/// <summary>A named set.</summary>
/// <param name="Name">Its name, without the at sign.</param>
/// <param name="Types">The types of its elements' parts, one for a plain set.</param>
/// <param name="IsInterval">Whether elements may be ranges and prefixes (<c>flags interval</c>, or implied by an element).</param>
/// <param name="HasTimeouts">Whether elements may run out (<c>flags timeout</c>).</param>
/// <param name="DefaultTimeout">How long an element lasts that has no time of its own, from the moment it is added.</param>
/// <param name="MaxElements">The most elements it may hold, where the file limits them.</param>
/// <param name="FeedPath">The file with more elements, as written.</param>
/// <param name="Elements">The elements in the rule file itself.</param>
/// <param name="Comment">The text of <c>comment</c>.</param>
public sealed record Set(
    string Name,
    ValueList<DataType> Types,
    bool IsInterval,
    bool HasTimeouts,
    TimeSpan? DefaultTimeout,
    int? MaxElements,
    string? FeedPath,
    ElementList Elements,
    string? Comment)
{
    /// <summary>The elements read from the feed; they are not part of the rule file's text.</summary>
    public ElementList FeedElements { get; init; } = ElementList.Empty(Types.Count);

    /// <summary>Whether each element counts the packets that a match finds in it.</summary>
    public bool HasCounters { get; init; }

    /// <summary>The line of the rule file where the set begins, from 1.</summary>
    public int Line { get; init; }

    /// <summary>How many elements a list is: in a set without ranges each value is one, whether others touch it or not.</summary>
    internal long CountOf(ElementList elements)
    {
        if (IsInterval || HasCounters || elements.Width > 1) return elements.Count;
        var count = 0L;
        foreach (var range in elements.Ranges) count += (long)(range.High - range.Low) + 1;
        return count;
    }

    /// <summary>The elements of the file and of the feed together.</summary>
    /// <returns>The merged list.</returns>
    public ElementList AllElements()
    {
        if (FeedElements.Count == 0) return Elements;
        if (Elements.Count == 0) return FeedElements;
        var all = new ElementListBuilder(Types.Count, keepsRows: HasCounters);
        all.Add(Elements);
        all.Add(FeedElements);
        return all.Build();
    }
}
