using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>What the elements of a set may be.</summary>
/// <param name="Types">The types of their parts.</param>
/// <param name="MayHaveRanges">Whether they may be ranges and prefixes.</param>
/// <param name="MayTimeOut">Whether they may have a time.</param>
/// <param name="MayCount">Whether they count, and so are kept as they are written.</param>
/// <param name="Start">What those count from that say nothing of it.</param>
internal readonly record struct ElementForm(
    ValueList<DataType> Types, bool MayHaveRanges, bool MayTimeOut, bool MayCount, ElementCount Start = default);
