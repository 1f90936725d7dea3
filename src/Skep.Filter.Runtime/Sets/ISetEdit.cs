using Skep.Filter.Compile;

namespace Skep.Filter.Runtime.Sets;

/// <summary>What is done to one set.</summary>
internal interface ISetEdit
{
    /// <summary>How many elements it names: where these are one of one set, it may be done in place.</summary>
    int Count { get; }

    /// <summary>Whether it names ranges or prefixes.</summary>
    bool HasIntervals { get; }

    /// <summary>Refuses what the set cannot do.</summary>
    /// <exception cref="InvalidDataException">It cannot.</exception>
    void Check(SetCopy copy);

    /// <summary>Does it in the image that packets are looked up in.</summary>
    /// <returns>False when nothing was changed.</returns>
    bool TryInPlace(SetCopy copy, ulong now);

    /// <summary>The rows that the set has when it is done.</summary>
    /// <param name="copy">The set.</param>
    /// <param name="before">What it has, without what has run out.</param>
    /// <param name="now">CLOCK_MONOTONIC in nanoseconds.</param>
    /// <param name="isActing">Whether its rules decide packets, or wait.</param>
    /// <exception cref="InvalidDataException">The set cannot have them.</exception>
    SetRows After(SetCopy copy, SetRows before, ulong now, bool isActing);
}
