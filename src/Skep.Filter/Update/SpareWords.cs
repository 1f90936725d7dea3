using Skep.Filter.Compile;

namespace Skep.Filter.Update;

/// <summary>The words behind those of a structure, which no program reads before its index leads there.</summary>
internal static class SpareWords
{
    /// <summary>Plans to take some, all in one page.</summary>
    /// <param name="image">The image.</param>
    /// <param name="free">Where in the header the number of the first free word is, and behind it that of the first beyond.</param>
    /// <param name="words">How many.</param>
    /// <param name="perPage">The words of a page.</param>
    /// <param name="isAligned">Whether they are a page.</param>
    /// <param name="stores">Takes the stores.</param>
    /// <returns>The number of the first; null when there is no room.</returns>
    internal static int? Allocate(IImageMemory image, int free, int words, int perPage, bool isAligned, ImageStores stores)
    {
        var first = (int)image.Load(free);
        if (isAligned || first % perPage + words > perPage) first = (first + perPage - 1) / perPage * perPage;
        if (first + words > image.Load(free + sizeof(uint))) return null;
        stores.Word(free, (uint)(first + words));
        return first;
    }
}
