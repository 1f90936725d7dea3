using Skep.Filter.Model;
using Skep.Filter.Runtime.State;

namespace Skep.Filter.Runtime.Attach;

/// <summary>What to apply a table to.</summary>
/// <param name="Devices">The devices by name.</param>
/// <param name="Netns">Their network namespace by name, process id or path; empty for the process's own.</param>
/// <param name="Replace">Whether a program on a device that is not skep.s may be replaced.</param>
/// <param name="Track">What to track of all packets besides what the table tracks; null for what the request before asked for.</param>
public sealed record ApplyRequest(IReadOnlyList<string> Devices, string Netns, bool Replace, Sketches? Track = null)
{
    /// <summary>After how long the rules before return by themselves unless these are confirmed; null for never.</summary>
    public TimeSpan? Confirm { get; init; }

    /// <summary>Where the rules come from; null when they come from no file, or are those of the table that is applied, changed.</summary>
    public AppliedSource? Source { get; init; }

    /// <summary>Whether it only finds out what would be done, and whether the kernel takes the program.</summary>
    public bool IsTrial { get; init; }

    /// <summary>Whether it is one of several tables, which are confirmed together.</summary>
    internal bool IsOfGroup { get; init; }

    /// <summary>Tables that are removed with this apply, whose devices it may take.</summary>
    internal IReadOnlyCollection<string> Removed { get; init; } = [];

    /// <summary>Whether the sets go on with the elements that they have, not with those of the table.</summary>
    internal bool KeepsSets { get; init; }

    /// <summary>Names the holders of a program, for the refusal to replace it.</summary>
    public Func<uint, string>? DescribeOwner { get; init; }
}
