using Skep.Agent.History;

namespace Skep.Agent.Live;

/// <summary>What programs ran in the last period in which the kernel counted.</summary>
/// <param name="PeriodNs">How long that was.</param>
/// <param name="OfProgram">By the id of the program: of those that ran.</param>
internal sealed record UsageLook(long PeriodNs, IReadOnlyDictionary<uint, UsageSample> OfProgram);
