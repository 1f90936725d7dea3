using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Skep.Filter.Bench;

// What rules and lookups in sets cost under BPF_PROG_RUN, in nanoseconds a packet: all variants in turns within one run, the best of
// several turns, with an empty program among them. "Other address each time" means that a few instructions before the filter write one of
// 2^20 addresses into the packet; the line without a lookup has them too. Wants root and a quiet machine. Nothing here passes or fails.
if (args is [var shape, .. var sizes])
{
    ListCosts.Run(shape, [.. sizes.Select(int.Parse)]);
    return;
}

const int turns = 7, million = 1 << 20;

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

var addresses = Enumerable.Range(0, million).Select(i => BinaryPrimitives.ReverseEndianness((uint)i * Subject.Inside)).ToArray();
string Feed(string suffix) =>
    string.Join('\n',
        addresses.Select(
            a => string.Create(CultureInfo.InvariantCulture, $"{a >> 24}.{(a >> 16) & 255}.{(a >> 8) & 255}.{a & 255}{suffix}")));
var sets = new List<Variant>
{
    new("no lookup, other address each time", Subject.Of("ip saddr 10.0.0.1 drop", "", Subject.Inside)),
    new("1 address, the same address", Subject.Of("set s { type ipv4_addr; elements = { 10.0.0.1 } }\nip saddr @s drop")),
};
void Add(string name, string head, string suffix)
{
    var feed = Feed(suffix);
    var watch = Stopwatch.StartNew();
    var inside = Subject.Of($"set s {{ {head}; file \"feed\" }}\nip saddr @s drop", feed, Subject.Inside);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: read, compiled and loaded in {watch.ElapsedMilliseconds} ms"));
    sets.Add(new($"{name}, all in the set", inside));
    sets.Add(new($"{name}, none in it", Subject.Of($"set s {{ {head}; file \"feed\" }}\nip saddr @s drop", feed, Subject.Outside)));
}

Add("2^20 addresses", "type ipv4_addr", "");
Add("2^20 addresses, flags interval", "type ipv4_addr; flags interval", "");
Add("2^20 prefixes /28", "type ipv4_addr; flags interval", "/28");
sets.Add(new("the kernel's hash of 2^20", Subject.KernelHash(addresses)));
Variant.Measure("sets", sets, turns, 1_000_000);
foreach (var variant in rules.Concat(sets)) variant.Subject.Dispose();
