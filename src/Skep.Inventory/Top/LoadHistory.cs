namespace Skep.Inventory.Top;

/// <summary>What each program did in the last samples.</summary>
public sealed class LoadHistory
{
    /// <summary>Samples that are kept.</summary>
    public const int Kept = 240;

    private readonly Dictionary<uint, List<ProgramLoad>> _loads = [];

    /// <summary>Adds a sample; programs that are gone are forgotten.</summary>
    public void Add(LoadSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        // Of the first one no period is known.
        if (sample.Period == TimeSpan.Zero) return;
        foreach (ProgramLoad load in sample.Programs)
        {
            if (!_loads.TryGetValue(load.Id, out List<ProgramLoad>? loads)) _loads[load.Id] = loads = [];
            if (loads.Count == Kept) loads.RemoveAt(0);
            loads.Add(load);
        }

        if (_loads.Count == sample.Programs.Count) return;
        HashSet<uint> there = [.. sample.Programs.Select(load => load.Id)];
        foreach (uint gone in _loads.Keys.Where(id => !there.Contains(id)).ToArray()) _loads.Remove(gone);
    }

    /// <summary>The samples of a program, oldest first.</summary>
    public IReadOnlyList<ProgramLoad> Of(uint id) => _loads.TryGetValue(id, out List<ProgramLoad>? loads) ? loads : [];
}
