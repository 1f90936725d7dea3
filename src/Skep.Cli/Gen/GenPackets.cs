using Skep.Cli.Common;
using Skep.Packets.Building;

namespace Skep.Cli.Gen;

/// <summary>Packets and ranges as they are given on the command line.</summary>
internal static class GenPackets
{
    /// <summary>Reads them.</summary>
    /// <param name="packets">The packets.</param>
    /// <param name="ranges">The ranges.</param>
    /// <param name="seed">Takes values at random.</param>
    /// <param name="series">What they make; null for no packets.</param>
    /// <returns>False when one of them has an error, which is printed.</returns>
    public static bool TryRead(string[] packets, string[] ranges, ulong? seed, out PacketSeries? series)
    {
        series = null;
        var specs = new List<PacketSpec>();
        var fields = new List<FieldRange>();
        foreach (string line in packets)
        {
            if (!PacketText.TryParse(line, out PacketSpec spec, out string error)) return Fail($"reading packet '{line}': {error}");
            specs.Add(spec);
        }

        foreach (string word in ranges)
        {
            if (!FieldRange.TryParse(word, out FieldRange range, out string error)) return Fail($"reading range '{word}': {error}");
            if (fields.Any(field => field.Field == range.Field)) return Fail($"reading range '{word}': {range.Name} has one already");
            for (int i = 0; i < specs.Count; i++)
                if (range.ReasonAgainst(specs[i]) is { } reason) return Fail($"putting range '{word}' into '{packets[i]}': {reason}");
            fields.Add(range);
        }

        if (specs.Count > 0) series = new PacketSeries(specs, fields, seed);
        return true;
    }

    private static bool Fail(string error)
    {
        Message.Error(error, ExitCode.Usage);
        return false;
    }
}
