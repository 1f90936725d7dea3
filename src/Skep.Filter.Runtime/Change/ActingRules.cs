using System;
using Skep.Filter.Runtime.State;
using Skep.Linux.Time;

namespace Skep.Filter.Runtime.Change;

/// <summary>The rules of a table that decide packets at this moment, also in the middle of a change.</summary>
internal sealed class ActingRules : IDisposable
{
    private const int MostAttempts = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly AppliedLinks _links;

    private ActingRules(AppliedLinks links, IReadOnlyList<AppliedLink> acting, AppliedState state, uint programId) =>
        (_links, Links, State, ProgramId) = (links, acting, state, programId);

    /// <summary>The links of their devices.</summary>
    internal IReadOnlyList<AppliedLink> Links { get; }

    internal AppliedState State { get; }

    /// <summary>Their program. During a change the devices run a <see cref="Dispatcher"/>'s, which calls it.</summary>
    internal uint ProgramId { get; }

    /// <summary>In how long the rules before return; null for never.</summary>
    internal TimeSpan? ReturnsIn { get; private init; }

    /// <summary>Whether a table filters anything, also when it cannot be read.</summary>
    internal static bool Exist(string table)
    {
        try
        {
            using var rules = Open(table);
            return rules is not null;
        }
        catch (DamagedTableException)
        {
            return true;
        }
    }

    /// <summary>Opens those of a table.</summary>
    /// <returns>Null when it filters nothing.</returns>
    /// <exception cref="InvalidDataException">Its links lead to no state.</exception>
    internal static ActingRules? Open(string table)
    {
        var store = new TableStore(table);
        for (var attempt = 0; ; attempt++)
        {
            var links = store.OpenLinks();
            try
            {
                var change = store.ReadPendingChange();
                if (links.All.Count == 0) return null;
                var none = false;
                if ((change is null ? Settled(store, links, out none) : Changing(store, links, change, out none)) is { } rules)
                {
                    links = null;
                    return rules;
                }
                if (none) return null;
            }
            finally
            {
                links?.Dispose();
            }

            // Another command changes the table between the steps of this.
            if (attempt == MostAttempts)
                throw new DamagedTableException(table, $"reading table {table}: nothing is kept of the program on its devices");
            Thread.Sleep(Pause);
        }
    }

    public void Dispose() => _links.Dispose();

    private static ActingRules? Settled(TableStore store, AppliedLinks links, out bool none)
    {
        none = false;
        var id = links.Acting!.Info.ProgramId;
        if (store.ReadState(id) is { } state) return new(links, links.All, state, id);

        // The devices that it lends run what another table has them run.
        var lent = store.Lent().Select(d => TableStore.PinIn(d.TakenFrom)).ToHashSet();
        var own = links.All.Where(l => !lent.Contains(l.Pin)).ToList();
        none = own.Count == 0;
        if (lent.Count == 0 || none || store.ReadState(own[0].Info.ProgramId) is not { } rest) return null;
        return new(links, own, rest, own[0].Info.ProgramId);
    }

    private static ActingRules? Changing(TableStore store, AppliedLinks links, PendingChange change, out bool none)
    {
        var (until, now) = (Dispatcher.ReadUntil(store), (ulong)Clocks.BootNanoseconds());
        none = false;
        if (until == Dispatcher.Shut && store.ReadPendingChange() is null)
            return null; // The change ended meanwhile, and its dispatcher is gone.
        var isAfter = now < until;
        var id = isAfter ? change.After : change.Before;
        none = id == 0;
        if (none || store.ReadState(id) is not { } state) return null;
        var pins = state.Devices.Select(d => d.Pin).ToHashSet();
        return new(links, [.. links.All.Where(l => pins.Contains(l.Pin))], state, id)
        {
            ReturnsIn = isAfter && until != Dispatcher.Open ? TimeSpan.FromTicks((long)((until - now) / 100)) : null,
        };
    }
}
