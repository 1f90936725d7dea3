using Skep.Filter.Model;

namespace Skep.Filter.Runtime.Attach;

/// <summary>What to apply a table to.</summary>
/// <param name="Devices">The devices by name.</param>
/// <param name="Netns">Their network namespace by name, process id or path; empty for the process's own.</param>
/// <param name="Replace">Whether a program of somebody else on a device may be replaced.</param>
/// <param name="Track">What to track of all packets besides what the table tracks; null for what the request before asked for.</param>
public sealed record ApplyRequest(IReadOnlyList<string> Devices, string Netns, bool Replace, Sketches? Track = null)
{
    /// <summary>After how long the rules before return by themselves unless these are confirmed; null for never.</summary>
    public TimeSpan? Confirm { get; init; }

    /// <summary>Says who holds a program, for the refusal to push it out.</summary>
    public Func<uint, string>? DescribeOwner { get; init; }
}
