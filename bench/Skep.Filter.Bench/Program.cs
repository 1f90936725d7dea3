using System.Globalization;
using Skep.Filter.Bench;

const int turns = 7;

// What rules and lookups in sets cost under BPF_PROG_RUN, in nanoseconds a packet: all variants in turns within one run, the best of
// several turns, with an empty program among them. "Other address each time" means that a few instructions before the filter write one of
// 2^20 addresses into the packet; the line without a lookup has them too. Wants root and a quiet machine. Nothing here passes or fails.
// "rules N..." measures lists of so many rules instead, "sets [NAME...]" sets.
if (args is [var subject, .. var words])
{
    if (subject == "sets") SetCosts.Run(turns, string.Join(' ', words));
    else ListCosts.Run([.. words.Select(size => int.Parse(size, CultureInfo.InvariantCulture))]);
    return;
}

var rules = new List<Variant>
{
    new("empty program", Subject.Empty()),
    new("policy alone", Subject.Of("policy pass")),
    new("one rule that hits", Subject.Of("udp dport 53 drop")),
    new("one rule that misses", Subject.Of("tcp dport 53 drop")),
    new("ten rules, the last hits",
        Subject.Of(string.Join('\n', Enumerable.Range(1, 9).Select(i => $"udp dport {i} drop").Append("udp dport 53 drop")))),
    new("ten rules of addresses and ports",
        Subject.Of(
            string.Join('\n',
                Enumerable.Range(1, 9).Select(i => $"ip saddr 10.9.{i}.0/24 tcp dport {i} drop").Append("udp dport 53 drop")))),
    new("ten rules that all hit and count",
        Subject.Of(
            string.Join('\n',
                Enumerable.Range(1, 9).Select(i => $"ip saddr 10.0.0.1 continue comment \"{i}\"").Append("udp dport 53 drop")))),
};
Variant.Measure("rules", rules, turns, 1_000_000);

foreach (var variant in rules) variant.Subject.Dispose();
SetCosts.Run(turns);
