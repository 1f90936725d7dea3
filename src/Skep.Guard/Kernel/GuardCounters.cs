namespace Skep.Guard.Kernel;

/// <summary>What guard has decided since policies were first applied.</summary>
/// <param name="Decided">Operations that were judged.</param>
/// <param name="Denied">Those that were denied.</param>
/// <param name="Alerted">Those that were reported.</param>
/// <param name="Recorded">Decisions that were recorded; the last 4,096 are kept.</param>
/// <param name="Unjudged">
/// Operations that there was no room to judge, as too many were under way at once: done, or with <c>fail = "closed"</c> refused.
/// </param>
public readonly record struct GuardCounters(ulong Decided, ulong Denied, ulong Alerted, ulong Recorded, ulong Unjudged);
