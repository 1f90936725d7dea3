using System;
using System.Globalization;
using Skep.Packets.Building;

namespace Skep.Filter.Tests.Goldens;

/// <summary>A packet of a golden case and what docs/filter.md says becomes of it.</summary>
/// <param name="Line">The line as it stands in the file.</param>
/// <param name="Time">When it comes, in nanoseconds after the table was loaded.</param>
/// <param name="Verdict">The verdict as rule text.</param>
/// <param name="Hits">The rules that are hit, counted from 1, joined by <c>+</c>; null where the line does not say.</param>
/// <param name="Packet">The packet as it comes in.</param>
/// <param name="Left">The packet as the rules leave it.</param>
internal sealed record GoldenPacket(string Line, ulong Time, string Verdict, string? Hits, byte[] Packet, byte[] Left);

/// <summary>
/// A small table and packets with their decisions, written by hand from docs/filter.md. The files of this directory hold them:
/// <c># why</c>, then lines of the table, then <c>[@NANOSECONDS] VERDICT [#HITS] &lt;- PACKET [=> PACKET]</c>; an empty line ends a case.
/// A packet is a line of <see cref="PacketText"/>, and behind a <c>|</c>: <c>ecn N</c>, <c>options HEX</c>, <c>ext TYPE HEX</c>,
/// <c>OFFSET=HEX</c> (bytes written
/// over those of the frame), <c>cut LENGTH</c>.
/// </summary>
internal sealed record GoldenCase(string Why, string Rules, IReadOnlyList<GoldenPacket> Packets)
{
    internal static IEnumerable<GoldenCase> All => Directory
        .EnumerateFiles(
            Path.Combine(Repository.Root, "test/Skep.Filter.Tests/Goldens"), "*.golden").Order().SelectMany(f => Read(File.ReadAllText(f)));

    internal static TheoryData<string> Names() => [.. All.Select(c => c.Why)];

    internal static IEnumerable<GoldenCase> Read(string text)
    {
        foreach (var part in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = part.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            var why = string.Join(' ', lines.Where(l => l[0] == '#').Select(l => l[1..].Trim()));
            var rules = string.Join('\n', lines.Where(l => l[0] != '#' && !l.Contains("<-", StringComparison.Ordinal)));
            yield return new(why, rules, [.. lines.Where(l => l.Contains("<-", StringComparison.Ordinal)).Select(ReadLine)]);
        }
    }

    private static GoldenPacket ReadLine(string line)
    {
        var (decision, packets) = (line.Split("<-")[0].Split(' ', StringSplitOptions.RemoveEmptyEntries), line.Split("<-")[1].Split("=>"));
        var time = decision[0][0] == '@' ? ulong.Parse(decision[0][1..], CultureInfo.InvariantCulture) : 0;
        var hits = decision[^1][0] == '#' ? decision[^1][1..] : null;
        return new(
            line, time, string.Join(' ', decision.Where(w => w[0] is not ('@' or '#'))), hits, Build(packets[0]), Build(packets[^1]));
    }

    private static byte[] Build(string text)
    {
        var halves = text.Split('|');
        Assert.True(PacketText.TryParse(halves[0], out var spec, out var error), $"{text}: {error}");
        var words = new Queue<string>(halves.Length < 2 ? [] : halves[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        var patches = new List<(int At, byte[] Bytes)>();
        var length = int.MaxValue;
        while (words.TryDequeue(out var word))
        {
            if (word == "ecn") spec = spec with { Ecn = byte.Parse(words.Dequeue(), CultureInfo.InvariantCulture) };
            else if (word == "options") spec = spec with { Options = [.. Convert.FromHexString(words.Dequeue())] };
            else if (word == "ext") spec = spec with
            {
                Extensions =
            [
                .. spec.Extensions,
                new(byte.Parse(words.Dequeue(), CultureInfo.InvariantCulture), [.. Convert.FromHexString(words.Dequeue())])
            ]
            };
            else if (word == "cut") length = int.Parse(words.Dequeue(), CultureInfo.InvariantCulture);
            else patches.Add((int.Parse(word.Split('=')[0], CultureInfo.InvariantCulture), Convert.FromHexString(word.Split('=')[1])));
        }
        var packet = PacketBuilder.Build(spec);
        foreach (var (at, bytes) in patches) bytes.CopyTo(packet, at);
        return length < packet.Length ? packet[..length] : packet;
    }
}
