using System;
using Skep.Filter.Model;

namespace Skep.Filter.Tests.Evaluate;

/// <summary>Times at which packets come: what a table's limits and timeouts turn on, to the nanosecond.</summary>
internal static class PacketTimes
{
    /// <summary>When tables are loaded, and the first packet comes: long after a bucket without a packet counts as full.</summary>
    internal const ulong Start = 1_000_000_000_000_000;

    /// <summary>Times that do not decrease.</summary>
    internal static ulong[] Of(Table table, Random random, int count)
    {
        var limits = table.Rules.Select(r => r.Limit).OfType<RateLimit>().ToArray();
        var edges = table.Sets.SelectMany(Timeouts).Distinct().Order().SelectMany(
            t => new[] { t - 1, t, t + 1 }).Select(t => Start + t).ToArray();

        // Without odd nanoseconds buckets often hold just what a packet costs.
        var isOdd = random.Next(2) == 0;
        var times = new ulong[count];
        var now = Start;
        for (var i = 0; i < count; i++)
        {
            times[i] = now;
            var (step, place) = (0UL, random.Next(1000));
            if (limits.Length > 0 && place >= 700)
            {
                var limit = limits[random.Next(limits.Length)];
                step = place switch
                {
                    < 900 => limit.CostNanoseconds,
                    < 950 => limit.CostNanoseconds / 2,
                    < 970 => limit.CostNanoseconds - 1,
                    < 995 => 0,
                    _ => limit.CapacityNanoseconds
                };
            }
            if (isOdd && place < 100) step += (ulong)random.Next(100);
            var next = Array.Find(edges, e => e > now);
            now = next > 0 && (place == 300 || now + step > next) ? next : now + step;
        }
        return times;
    }

    private static IEnumerable<ulong> Timeouts(Set set)
    {
        var elements = set.AllElements();
        return Enumerable.Range(0, elements.Count).Select(elements.TimeoutOf).Append(set.DefaultTimeout).OfType<TimeSpan>()
            .Select(t => (ulong)t.Ticks * 100);
    }
}
