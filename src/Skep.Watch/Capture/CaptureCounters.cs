namespace Skep.Watch.Capture;

/// <summary>What the kernel side counted since it was attached.</summary>
/// <param name="CallsMade">Calls that were to be reported.</param>
/// <param name="CallsLost">Calls that found no room in the ring buffer.</param>
/// <param name="EntriesLost">Calls that are reported from their exit only: more than 4,096 were under way at once.</param>
/// <param name="PiecesLost">Pieces of code, logs and the like that found no room; their calls are reported, with a note.</param>
/// <param name="ProcessesLost">Descriptions of processes that found no room; they are sent again with the next call.</param>
/// <param name="ElementsMade">Element operations.</param>
/// <param name="ElementsLost">Element operations that were not counted by map: more than 16,384 pairs of map and process.</param>
/// <param name="CallsLeftOut">Calls that are not reported: their user, without CAP_BPF, has no more room in the ring buffer.</param>
/// <param name="PiecesLeftOut">Code, logs and the like left out for the same reason; their calls are reported, with a note.</param>
/// <param name="OwnCalls">Calls of this process, to be reported or not: while it makes some, the backend must see them.</param>
/// <param name="RunsMissed">Programs that the kernel did not run, because one was under way on the same CPU.</param>
public readonly record struct CaptureCounters(
    ulong CallsMade, ulong CallsLost, ulong EntriesLost, ulong PiecesLost, ulong ProcessesLost, ulong ElementsMade, ulong ElementsLost,
    ulong CallsLeftOut, ulong PiecesLeftOut, ulong OwnCalls, ulong RunsMissed);
