using Skep.Filter.Check;
using Skep.Filter.Compile;

namespace Skep.Filter.Runtime.Sets;

/// <summary>
/// The elements that a feed has added to a set and not deleted. Batches are kept in levels, each more than twice as large as the next, so
/// that one that is added costs little however many there are.
/// </summary>
internal sealed class FedElements(int width, bool isCounted)
{
    private readonly SetRows _none = SetRows.None(width, isCounted);
    private readonly List<SetDecisions> _levels = [];

    internal void Add(SetDecisions batch, ulong now)
    {
        if (batch.Flushes) _levels.Clear();
        _levels.Add(batch);
        while (_levels.Count > 1 && _levels[^2].Size <= 2 * _levels[^1].Size)
        {
            var joined = _levels[^2].Then(_levels[^1]);
            _levels.RemoveRange(_levels.Count - 2, 2);
            _levels.Add(joined);
        }

        // Below the first there is nothing that it could delete.
        if (_levels.Count == 1) _levels[0] = new(false, _none, _levels[0].Added.Live(now));
    }

    internal SetRows Rows(ulong now) =>
        _levels.Aggregate(_none, (rows, level) => level.Apply(rows)).Live(now);
}

/// <summary>Puts elements of a feed back into a set of rules that were applied meanwhile.</summary>
internal sealed class FedAgain(SetRows rows) : ISetEdit
{
    public int Count => rows.Count;

    public bool HasIntervals => !ElementChecker.AreSingle(rows.Ranges);

    public void Check(SetCopy copy)
    {
        if (!copy.Set.IsTimed && Enumerable.Range(0, rows.Count).Any(row => rows.EndOf(row) != SetRows.Forever)) throw copy.NotTimed();
    }

    public bool TryInPlace(SetCopy copy, ulong now) => false;

    public SetRows After(SetCopy copy, SetRows before, ulong now, bool isActing)
    {
        var after = before.With(rows);
        copy.CheckRows(after);
        return after;
    }
}
