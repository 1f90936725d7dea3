using Skep.Inventory.Objects;

namespace Skep.Agent.Live;

/// <summary>What a look at the machine found.</summary>
/// <param name="TimeNs">When it began, in nanoseconds of Unix time.</param>
/// <param name="Programs">The programs, and those that could not be read.</param>
/// <param name="Maps">The maps.</param>
/// <param name="Around">Who holds them, where they are pinned and attached; links.</param>
internal sealed record MachineLook(
    long TimeNs, IReadOnlyList<Listed<ProgramEntry>> Programs, IReadOnlyList<Listed<MapEntry>> Maps, Surroundings Around);
