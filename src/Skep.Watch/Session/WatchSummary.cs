using System.Text;

namespace Skep.Watch.Session;

/// <summary>What a session saw and what it lost. <see cref="Captured"/> + <see cref="Lost"/> = <see cref="Made"/>.</summary>
/// <param name="Made">Calls that were made and were to be reported.</param>
/// <param name="Captured">Calls that came through.</param>
/// <param name="Lost">Calls for which the ring buffer had no room, or their user no more of it.</param>
/// <param name="Shown">Captured calls that passed the filters and were reported.</param>
/// <param name="DecodeFailures">Calls that were reported without their description, and records that could not be understood.</param>
/// <param name="PiecesLost">Pieces of code or logs for which there was no room; their events say so.</param>
/// <param name="EntriesLost">Calls that are reported from their exit only.</param>
/// <param name="ElementsMade">Element operations.</param>
/// <param name="ElementsLost">Element operations that could not be counted by map.</param>
/// <param name="LeftOut">Those of the lost that were over what a user without CAP_BPF may take.</param>
public readonly record struct WatchSummary(
    ulong Made, ulong Captured, ulong Lost, ulong Shown, ulong DecodeFailures, ulong PiecesLost, ulong EntriesLost, ulong ElementsMade,
    ulong ElementsLost, ulong LeftOut)
{
    /// <summary>The summary in words, for the end of a watch.</summary>
    public string Describe()
    {
        var text = new StringBuilder($"{Captured} events captured, {Lost} lost");
        if (LeftOut > 0) text.Append($" ({LeftOut} of them over what users without CAP_BPF may take)");
        if (Shown != Captured) text.Append($", {Shown} shown");
        if (ElementsMade > 0) text.Append($"; {ElementsMade} element operations counted");
        if (ElementsLost > 0) text.Append($", {ElementsLost} of them not by map");
        if (PiecesLost > 0) text.Append($"; {PiecesLost} pieces of code or logs lost");
        if (EntriesLost > 0) text.Append($"; {EntriesLost} calls seen at their exit only");
        if (DecodeFailures > 0) text.Append($"; {DecodeFailures} events not described");
        return text.ToString();
    }
}
