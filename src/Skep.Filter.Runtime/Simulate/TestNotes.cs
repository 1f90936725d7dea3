using System.Globalization;
using Skep.Filter.Model;
using Skep.Packets.Captures;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Simulate;

/// <summary>What a user must know of a test besides its verdicts: what the capture lacks, and what rules cannot match in it.</summary>
public sealed class TestNotes(Table table)
{
    private readonly SortedDictionary<string, long> _verdicts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<int, long> _unknown = [];
    private long _decided, _cut, _outgoing, _withoutEthernet;

    /// <summary>Whether packets could not be decided, as their link layer is not understood.</summary>
    public bool IsIncomplete => _unknown.Count > 0;

    public long Decided => _decided;

    /// <summary>Counts a packet whose link layer is not understood.</summary>
    public void AddUnknown(int linkType) => _unknown[linkType] = _unknown.GetValueOrDefault(linkType) + 1;

    /// <summary>Counts a packet that was decided.</summary>
    public void Add(string verdict, LinkLayer layer, bool isCut)
    {
        _verdicts[verdict] = _verdicts.GetValueOrDefault(verdict) + 1;
        _decided++;
        if (isCut) _cut++;
        if (layer.IsOutgoing) _outgoing++;
        if (layer.Start == PacketStart.Ip) _withoutEthernet++;
    }

    /// <summary>Prints all notes, and how many packets got each verdict.</summary>
    public void Print(Action<string> error, Action<string> note)
    {
        foreach ((int type, long count) in _unknown)
        {
            string packets = $"{Packets(count)} of link type {type} {(count == 1 ? "is" : "are")}";
            error($"reading packets: {packets} not decided (known are {LinkTypes.Known})");
        }

        if (_cut > 0)
        {
            note($"warning: {Packets(_cut)} {(_cut == 1 ? "was" : "were")} cut by the capture: lengths are those on the wire, "
                + "and headers that were cut count as malformed (capture with tcpdump -s 0)");
        }

        if (_outgoing > 0)
        {
            note($"warning: {Packets(_outgoing)} {(_outgoing == 1 ? "was" : "were")} sent by the machine, which XDP does not see: "
                + "decided as if received (capture with tcpdump -Q in)");
        }

        if (_withoutEthernet > 0 && LinesOfEthernet() is { Length: > 0 } lines)
        {
            string packets = $"{Packets(_withoutEthernet)} {(_withoutEthernet == 1 ? "has" : "have")}";
            note($"warning: {packets} no Ethernet header in the capture: "
                + $"rules that name ether or vlan do not match (line{(lines.Contains(',') ? "s" : "")} {lines})");
        }

        string summary = string.Join(", ", _verdicts.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key} {v.Value}")));
        note($"{Packets(_decided)}: {(summary.Length == 0 ? "none" : summary)}");
    }

    private static string Packets(long count) => string.Create(CultureInfo.InvariantCulture, $"{count} packet{(count == 1 ? "" : "s")}");

    private string LinesOfEthernet() => string.Join(", ", table.Rules.Where(NamesEthernet).Select(rule => rule.Line));

    private static bool NamesEthernet(Rule rule)
    {
        var headers = rule.NamedHeaders();
        return headers.Contains(Header.Ether) || headers.Contains(Header.Vlan);
    }
}
