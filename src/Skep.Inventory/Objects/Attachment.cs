namespace Skep.Inventory.Objects;

/// <summary>A place where a program is attached.</summary>
/// <param name="ProgramId">The program.</param>
/// <param name="How">By what: <c>link</c>, <c>xdp</c>, <c>tc</c>, <c>cgroup</c>, <c>perf_event</c>, ...</param>
/// <param name="Type">
/// The attach type as bpftool names it, or the link's type where the kernel has none; null where the way says all.
/// </param>
/// <param name="Target">What it is attached to, in words; null where the kernel does not tell.</param>
/// <param name="LinkId">The link; 0 for none.</param>
public sealed record Attachment(uint ProgramId, string How, string? Type, string? Target, uint LinkId = 0);
