using System;
using Skep.Filter.Check;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Sets;

/// <summary>Lines of a feed for one set, which are applied together, in their order.</summary>
internal sealed class SetBatch(ElementForm form) : ISetEdit
{
    private readonly List<Run> _runs = [];

    public int Count { get; private set; }

    public bool HasIntervals { get; private set; }

    /// <summary>Whether it has a time that an element is given.</summary>
    private bool HasTimes { get; set; }

    internal void Add(ReadOnlySpan<Interval> row, TimeSpan? timeout, ElementCount count)
    {
        HasTimes |= timeout is not null;
        Count++;
        var run = _runs.Count == 0 ? Begin(flushes: false) : _runs[^1];
        run.Add(row, timeout, count);
        HasIntervals |= run.HasRanges;
    }

    internal void Delete(ReadOnlySpan<Interval> row)
    {
        Count++;
        if (_runs.Count == 0 || !_runs[^1].TryDelete(row)) Begin(flushes: false).TryDelete(row);
        HasIntervals |= !ElementChecker.AreSingle(row);
    }

    internal void Flush()
    {
        _runs.Clear();
        Begin(flushes: true);
        Count++;
    }

    public void Check(SetCopy copy)
    {
        if (HasTimes && !copy.Set.IsTimed) throw copy.NotTimed();
    }

    public bool TryInPlace(SetCopy copy, ulong now) => _runs is [{ Flushes: false } run]
        && new ElementEdit(copy.Table, run.IsAdding ? SetEdit.Add : SetEdit.Delete, run.Elements(), null).TryInPlace(copy, now);

    public SetRows After(SetCopy copy, SetRows before, ulong now, bool isActing)
    {
        var after = Decide(copy.Set.IsTimed, copy.DefaultTimeout, now).Apply(before);
        copy.CheckRows(after);
        return after;
    }

    /// <summary>What it does as a whole. It has a line.</summary>
    /// <param name="isTimed">Whether elements may run out.</param>
    /// <param name="defaultTimeout">How long those without a time of their own last; null for ever.</param>
    /// <param name="now">When they are added: CLOCK_MONOTONIC in nanoseconds.</param>
    internal SetDecisions Decide(bool isTimed, TimeSpan? defaultTimeout, ulong now)
    {
        return SetDecisions.Join([.. _runs.Select(run => run.Decide(isTimed, defaultTimeout, now))]);
    }

    private Run Begin(bool flushes)
    {
        _runs.Add(new(form, flushes));
        return _runs[^1];
    }

    /// <summary>Lines of which those that delete may come before those that add.</summary>
    private sealed class Run(ElementForm form, bool flushes)
    {
        private readonly ElementListBuilder _deleted = new(form.Types.Count, keepsRows: form.MayCount);
        private readonly ElementListBuilder _added = new(form.Types.Count, keepsRows: form.MayCount);

        // Of what was added; two may have the same.
        private readonly HashSet<int> _hashes = [];

        internal bool Flushes => flushes;

        internal bool IsAdding => _added.Count > 0;

        internal bool HasRanges { get; private set; }

        internal ElementList Elements() => (IsAdding ? _added : _deleted).Build();

        internal void Add(ReadOnlySpan<Interval> row, TimeSpan? timeout, ElementCount count)
        {
            HasRanges |= !ElementChecker.AreSingle(row);
            _hashes.Add(HashOf(row));
            _added.Add(row, timeout, count);
        }

        /// <returns>False when it may have values in common with what was added: then it comes behind that.</returns>
        internal bool TryDelete(ReadOnlySpan<Interval> row)
        {
            if (IsAdding && (HasRanges || !ElementChecker.AreSingle(row) || _hashes.Contains(HashOf(row)))) return false;
            _deleted.Add(row, null);
            return true;
        }

        internal SetDecisions Decide(bool isTimed, TimeSpan? defaultTimeout, ulong now)
        {
            var (deleted, added) = (_deleted.Build(), _added.Build());
            if (!isTimed) added = added.WithoutTimeouts(form.MayCount);
            return new(flushes, SetRows.Of(deleted, null, now, form.MayCount),
                SetRows.Of(added, isTimed ? defaultTimeout : null, now, form.MayCount));
        }

        private static int HashOf(ReadOnlySpan<Interval> row)
        {
            var hash = new HashCode();
            foreach (var range in row) hash.Add(range.Low);
            return hash.ToHashCode();
        }
    }
}
