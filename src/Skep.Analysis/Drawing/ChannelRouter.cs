namespace Skep.Analysis.Drawing;

/// <summary>What must be joined between two layers: lines that come from above and from below, by one level line.</summary>
internal sealed class ChannelNet
{
    /// <summary>Where lines come from above, in pixels from the left.</summary>
    public List<double> Upper { get; } = [];

    /// <summary>Where lines come from below.</summary>
    public List<double> Lower { get; } = [];

    /// <summary>Number of the track of its level line, from 0 at the top; -1 for a line that goes straight down.</summary>
    public int Track { get; set; } = -1;

    public double Left => Upper.Concat(Lower).Min();

    public double Right => Upper.Concat(Lower).Max();
}

/// <summary>
/// Gives each net of a channel a track such that level lines do not lie on each other, lines that come down and lines that come up at
/// one place do not meet, and few cross.
/// </summary>
internal static class ChannelRouter
{
    /// <summary>How far lines on one track, or at one place, are apart at least, in pixels.</summary>
    private const double Gap = 6;

    /// <summary>Sets the track of each net.</summary>
    /// <returns>How many tracks there are.</returns>
    public static int Route(IReadOnlyList<ChannelNet> all)
    {
        Bounded[] nets = [.. all.Select(net => new Bounded(net, net.Left, net.Right)).Where(net => net.Right > net.Left)];
        var above = new List<int>[nets.Length];
        var waiting = new int[nets.Length];
        for (int i = 0; i < nets.Length; i++) above[i] = [];
        for (int i = 0; i < nets.Length; i++)
        {
            for (int j = i + 1; j < nets.Length; j++)
            {
                int order = Order(nets[i], nets[j]);
                if (order == 0) continue;
                (int first, int second) = order < 0 ? (i, j) : (j, i);
                above[second].Add(first);
                waiting[second]++;
            }
        }

        return Assign(nets, above, waiting);
    }

    // Level by level; where preferences go in a circle, the net with the fewest unmet ones is next.
    private static int Assign(Bounded[] nets, List<int>[] above, int[] waiting)
    {
        var tracks = new List<List<Bounded>>();
        var below = new List<int>[nets.Length];
        for (int i = 0; i < nets.Length; i++) below[i] = [];
        for (int i = 0; i < nets.Length; i++)
            foreach (int first in above[i]) below[first].Add(i);
        var left = new HashSet<int>(Enumerable.Range(0, nets.Length));
        while (left.Count > 0)
        {
            int next = left.MinBy(i => (waiting[i], nets[i].Right - nets[i].Left, i));
            left.Remove(next);
            foreach (int later in below[next]) waiting[later]--;
            int track = 0;
            foreach (int first in above[next])
                if (!left.Contains(first)) track = Math.Max(track, nets[first].Net.Track + 1);
            while (track < tracks.Count && tracks[track].Any(other => Overlap(other, nets[next]))) track++;
            if (track == tracks.Count) tracks.Add([]);
            tracks[track].Add(nets[next]);
            nets[next].Net.Track = track;
        }

        return tracks.Count;
    }

    // Negative when a should be above b. A line from above and one from below at one place outweigh crossings.
    private static int Order(in Bounded a, in Bounded b)
    {
        if (!Overlap(a, b)) return 0;
        int whenAbove = Cost(a, b), whenBelow = Cost(b, a);
        return whenAbove.CompareTo(whenBelow);
    }

    private static int Cost(in Bounded upper, in Bounded lower)
    {
        const int Meeting = 1000;
        int cost = 0;
        foreach (double x in lower.Net.Upper)
            if (x > upper.Left && x < upper.Right) cost++;
        foreach (double x in upper.Net.Lower)
            if (x > lower.Left && x < lower.Right) cost++;
        foreach (double x in lower.Net.Upper)
            foreach (double y in upper.Net.Lower)
                if (Math.Abs(x - y) < Gap) cost += Meeting;
        return cost;
    }

    private static bool Overlap(in Bounded a, in Bounded b) => a.Left < b.Right + Gap && b.Left < a.Right + Gap;

    private readonly record struct Bounded(ChannelNet Net, double Left, double Right);
}
