using Skep.Agent.History;
using Skep.Filter.Runtime.Tables;
using Skep.Linux.Time;

namespace Skep.Agent.Host;

/// <summary>Reads what the rules of packet filters have counted, and gives what has changed since it was last read.</summary>
/// <param name="report">Takes that a table cannot be read, once.</param>
internal sealed class FilterLooks(Action<string> report)
{
    private readonly Dictionary<(string Table, string Rule), ulong> _before = [];
    private readonly HashSet<string> _broken = [];

    /// <summary>Reads all tables.</summary>
    public List<FilterSample> Read()
    {
        var samples = new List<FilterSample>();
        IReadOnlyList<AppliedTable> tables = AppliedTable.ReadAll((name, reason) =>
        {
            if (_broken.Add(name)) report($"reading table {name}: {reason}");
        });
        long now = Clocks.UnixNanoseconds();
        foreach (AppliedTable table in tables)
        {
            _broken.Remove(table.Name);
            IEnumerable<CountedRule> changed = table.Rules.Where(rule =>
                !_before.TryGetValue((table.Name, rule.Id), out ulong known) || known != rule.Count.Packets);
            foreach (CountedRule rule in changed)
            {
                _before[(table.Name, rule.Id)] = rule.Count.Packets;
                samples.Add(new(now, table.Name, rule.Id, rule.Text, rule.Count.Packets, rule.Count.Bytes));
            }
        }

        HashSet<(string, string)> there = [.. tables.SelectMany(table => table.Rules.Select(rule => (table.Name, rule.Id)))];
        foreach ((string, string) gone in _before.Keys.Where(key => !there.Contains(key)).ToArray()) _before.Remove(gone);
        return samples;
    }
}
