using Skep.Agent.Fleet.Check;
using Skep.Agent.Fleet.Enforce;

namespace Skep.Agent.Fleet.Reconcile;

/// <summary>Puts the parts of a policy in force: all of them or none.</summary>
/// <param name="enforcer">Enforces.</param>
/// <param name="kept">The files of an enforced policy; null when they are lost.</param>
internal sealed class PartChanges(IEnforcer enforcer, Func<EnforcedPolicy, CheckedPolicy?> kept)
{
    private static readonly TimeSpan Together = TimeSpan.FromMinutes(1);

    /// <summary>Applies those that are others than before.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="before">What is enforced of it; null for nothing.</param>
    /// <param name="others">The other policies, whose rules of guard and alerts stay.</param>
    /// <param name="confirm">After how long they return; null for never.</param>
    /// <returns>The parts that were applied.</returns>
    /// <exception cref="EnforceException">One cannot be: none is other than before.</exception>
    public IReadOnlyList<PartMark> Apply(
        CheckedPolicy policy, EnforcedPolicy? before, IReadOnlyList<EnforcedPolicy> others, TimeSpan? confirm)
    {
        CheckedPart[] changed =
            [.. policy.Parts.Where(part => before?.Parts.FirstOrDefault(one => one.Key == part.Key)?.Sum != part.Sum)];
        foreach (CheckedPart part in changed.Where(part => PartKeys.TableOf(part.Key) is not null))
        {
            if (others.FirstOrDefault(other => other.Parts.Any(one => one.Key == part.Key)) is { } owner)
                throw new EnforceException($"applying {part.Key}: it is of policy {owner.Name} already");
        }

        TimeSpan? staged = confirm ?? (changed.Length > 1 ? Together : null);
        CheckedPolicy? old = before is null ? null : kept(before);
        var done = new List<PartMark>();
        try
        {
            foreach (CheckedPart part in changed)
                done.Add(new(part.Key, part.Sum, enforcer.Apply(Merged(part, others), staged)));
            return confirm is null && staged is not null ? Confirm(done) : done;
        }
        catch (EnforceException)
        {
            Return(done, old, others);
            throw;
        }
    }

    /// <summary>Keeps parts that were applied for a time.</summary>
    /// <exception cref="EnforceException">One cannot be kept, or has returned.</exception>
    public IReadOnlyList<PartMark> Confirm(IReadOnlyList<PartMark> parts) =>
    [
        .. parts.Select(part => part with
        {
            Mark = enforcer.Confirm(part.Key, part.Mark)
                ?? throw new EnforceException($"confirming {part.Key}: it is too late: the one before is in force"),
        }),
    ];

    /// <summary>Takes parts back that were applied for a time.</summary>
    public void Return(IReadOnlyList<PartMark> parts, CheckedPolicy? before, IReadOnlyList<EnforcedPolicy> others)
    {
        foreach (PartMark part in parts.Reverse())
        {
            CheckedPart? old = before?.Parts.FirstOrDefault(one => one.Key == part.Key);
            CheckedPart empty = new(part.Key, "");
            CheckedPart? whole = PartKeys.TableOf(part.Key) is null ? Merged(old ?? empty, others) : old;
            enforcer.Return(part.Key, part.Mark, whole is { Alerts.Count: 0, Guard.Count: 0, Table: null } ? null : whole);
        }
    }

    /// <summary>Ends parts.</summary>
    /// <returns>The marks of the parts that other policies have in common with them.</returns>
    public IReadOnlyList<PartMark> Remove(IEnumerable<PartMark> parts, IReadOnlyList<EnforcedPolicy> others)
    {
        var marks = new List<PartMark>();
        foreach (PartMark part in parts)
        {
            CheckedPart rest = Merged(new(part.Key, ""), others);
            if (rest is { Alerts.Count: 0, Guard.Count: 0 }) enforcer.Remove(part.Key);
            else marks.Add(part with { Mark = enforcer.Apply(rest, null) });
        }

        return marks;
    }

    // The policies of guard are put into the kernel as one, and rules of alerts are read as one.
    private CheckedPart Merged(CheckedPart part, IReadOnlyList<EnforcedPolicy> others)
    {
        if (PartKeys.TableOf(part.Key) is not null) return part;
        foreach (EnforcedPolicy other in others.OrderBy(one => one.Name, StringComparer.Ordinal))
        {
            if (!other.Parts.Any(one => one.Key == part.Key)) continue;
            CheckedPart? theirs = kept(other)?.Parts.FirstOrDefault(one => one.Key == part.Key);
            if (theirs is null) throw new EnforceException($"applying {part.Key}: what policy {other.Name} has of it is not kept any more");
            part = part with { Guard = [.. part.Guard, .. theirs.Guard], Alerts = [.. part.Alerts, .. theirs.Alerts] };
        }

        return part;
    }
}
