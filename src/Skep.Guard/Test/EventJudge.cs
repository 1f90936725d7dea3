using Skep.Guard.Decide;
using Skep.Guard.Model;
using Skep.Inventory.Code;

namespace Skep.Guard.Test;

/// <summary>Judges events by policies, after what they report was done.</summary>
public sealed class EventJudge
{
    private readonly EventSubject _subjects;
    private readonly Decider _decider;

    /// <summary>Takes policies.</summary>
    /// <param name="policies">The policies, in order.</param>
    /// <param name="kernel">The kernel whose types findings are made by.</param>
    /// <param name="isOfKernel">Whether the events are of that kernel, so that its functions have the numbers that code calls.</param>
    public EventJudge(IReadOnlyList<Policy> policies, TargetKernel kernel, bool isOfKernel)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(kernel);
        bool asksForFindings = policies.Any(policy => policy.Rules.Any(rule => rule.IsAfterLoad));
        KernelFunctions? functions = isOfKernel ? new(kernel) : null;
        _subjects = new EventSubject(asksForFindings ? new ProgramFindings(kernel, functions) : null, functions);
        _decider = new Decider(policies);
    }

    /// <summary>What policies decide of an event as <c>skep watch -j --insns</c> writes it; null when it is none.</summary>
    public TestedEvent? Judge(ReadOnlySpan<byte> json) => EventReader.Parse(json) is { } e ? Judge(e) : null;

    internal TestedEvent Judge(SavedEvent e) => new(e.Time, e.Seq, e.Cmd!, e.Pid, e.Comm, e.Exe, _decider.Decide(_subjects.Of(e)))
    {
        ObjectType = e.Prog?.Type ?? e.Map?.Type,
        ObjectName = e.Prog?.Name ?? e.Map?.Name,
    };
}
