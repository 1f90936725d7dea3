using System;
using Skep.Filter.Runtime.Maps;

namespace Skep.Filter.Runtime.Report;

/// <summary>How fast something is counted.</summary>
/// <param name="PacketsPerSecond">Packets a second.</param>
/// <param name="BitsPerSecond">Bits a second, of frames from the Ethernet header on.</param>
public readonly record struct Rate(double PacketsPerSecond, double BitsPerSecond);

/// <summary>Rates between readings of counters, and those of the last readings.</summary>
public sealed class RateHistory
{
    /// <summary>How many rates are remembered.</summary>
    public const int Length = 24;

    private readonly Dictionary<(StatsModes, string), (Counter Count, Rate Rate, List<double> Past)> _known = [];
    private HashSet<(StatsModes, string)> _seen = [];
    private TimeSpan _since;

    /// <summary>Begins a reading.</summary>
    /// <param name="since">The time since the one before.</param>
    public void Begin(TimeSpan since)
    {
        foreach (var gone in _known.Keys.Where(k => !_seen.Contains(k)).ToList()) _known.Remove(gone);
        _seen = [];
        _since = since;
    }

    /// <summary>
    /// The rate of a row since the reading before; zero when it is new, or when it was counted from zero again. A new row of lost packets
    /// was at zero before. Asked again in the same reading, the same.
    /// </summary>
    /// <param name="mode">Its section.</param>
    /// <param name="row">The row.</param>
    /// <returns>The rate.</returns>
    public Rate Of(StatsModes mode, in StatsRow row)
    {
        var key = (mode, row.Key);
        bool isRead = !_seen.Add(key);
        if (!_known.TryGetValue(key, out var known))
        {
            if (mode != StatsModes.Lost)
            {
                _known.Add(key, (row.Count, default, []));
                return default;
            }

            known = (default, default, []);
        }
        if (isRead) return known.Rate;
        var seconds = _since.TotalSeconds;
        var isOnward = row.Count.Packets >= known.Count.Packets && row.Count.Bytes >= known.Count.Bytes && seconds > 0;
        var rate =
            isOnward ? new Rate((row.Count.Packets - known.Count.Packets) / seconds, (row.Count.Bytes - known.Count.Bytes) * 8 / seconds)
                : default;
        if (known.Past.Count == Length) known.Past.RemoveAt(0);
        known.Past.Add(rate.PacketsPerSecond);
        _known[key] = known with { Count = row.Count, Rate = rate };
        return rate;
    }

    /// <summary>The packets a second of the last readings, oldest first.</summary>
    /// <param name="mode">The section.</param>
    /// <param name="key">The row's key.</param>
    /// <returns>At most <see cref="Length"/>.</returns>
    public IReadOnlyList<double> Past(StatsModes mode, string key) => _known.TryGetValue((mode, key), out var known) ? known.Past : [];
}
