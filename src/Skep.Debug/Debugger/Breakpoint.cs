using Skep.Debug.Debugger.Expressions;

namespace Skep.Debug.Debugger;

/// <summary>Where a run is to stop.</summary>
public sealed class Breakpoint
{
    internal Breakpoint(int number, BreakpointPlace place, string location, string? condition, Expression? test, HitCondition? hits)
    {
        (Number, Place, Location, Condition, Test, HitTest) = (number, place, location, condition, test, hits);
    }

    /// <summary>Its number, from 1.</summary>
    public int Number { get; }

    /// <summary>The place as it was given.</summary>
    public string Location { get; }

    /// <summary>The condition as it was given; null for none.</summary>
    public string? Condition { get; }

    /// <summary>The slots that it is at; empty for calls of helpers and for writes, which are found as they come.</summary>
    public IReadOnlyCollection<int> Slots => Place.Slots;

    /// <summary>How often it was reached, going forward.</summary>
    public long Hits { get; internal set; }

    internal BreakpointPlace Place { get; }

    internal Expression? Test { get; }

    /// <summary>At which of the times that it is reached it stops; null for each.</summary>
    internal HitCondition? HitTest { get; }

    /// <summary>What it prints in place of a stop; null where it stops.</summary>
    internal LogMessage? Log { get; init; }

    /// <summary>How often it was reached since the beginning of the run, up to the step that the session has counted to.</summary>
    internal long Reached { get; set; }
}

/// <summary>What a breakpoint is at: slots, calls of a helper, writes to a map or to the packet.</summary>
internal sealed record BreakpointPlace(IReadOnlySet<int> Slots, string? Helper = null, string? Map = null, bool Packet = false)
{
    public static BreakpointPlace At(IEnumerable<int> slots) => new(new HashSet<int>(slots));
}
