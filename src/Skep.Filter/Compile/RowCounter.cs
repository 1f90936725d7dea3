using Skep.Filter.Model;

namespace Skep.Filter.Compile;

/// <summary>Where an element counts.</summary>
/// <param name="Place">
/// Its place among the set's counters: the upper 4 bits name the block, the rest the counter in it. 0 where it has none yet: no
/// element has that one.
/// </param>
/// <param name="Start">What it begins from, as long as it has no place.</param>
internal readonly record struct RowCounter(uint Place, ElementCount Start);

/// <summary>
/// Where the counters of a set are. They stand in blocks, which are arrays of pages like the images: 256 counters a page, and a page of
/// each
/// CPU for them, one after the other. A block is never replaced, so that nothing is counted in two places; a set that grows has more.
/// </summary>
internal static class CounterBlocks
{
    /// <summary>The most blocks of a set: each has as many counters as those before together.</summary>
    internal const int Most = 16;

    internal const int BlockShift = 28, CounterBytes = 16, PerPage = SetLayout.PageBytes / CounterBytes;

    internal static uint PlaceOf(int block, int counter) => (uint)block << BlockShift | (uint)counter;

    internal static int BlockOf(uint place) => (int)(place >> BlockShift);

    internal static int CounterOf(uint place) => (int)(place & ((1u << BlockShift) - 1));
}
