using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Skep.Packets.Values;

namespace Skep.Filter.Bench;

/// <summary>Lookups in sets of 2^20 elements, another address each time.</summary>
internal static class SetCosts
{
    private const int Million = 1 << 20;

    internal static void Run(int turns, string word = "")
    {
        var sets = new List<Variant>
        {
            new("no lookup, other address each time", Subject.Of("ip saddr 10.0.0.1 drop", "", Subject.Inside)),
            new("no lookup, other IPv6 address each time", Subject.Of("ip6 saddr ::1 drop", "", Subject.Inside, isIp6: true)),
            new("1 address, the same address", Subject.Of("set s { type ipv4_addr; elements = { 10.0.0.1 } }\nip saddr @s drop")),
        };
        void Add(string name, string flags, Func<uint, string> element, bool isIp6 = false)
        {
            if (name.Contains(word, StringComparison.Ordinal)) AddBoth(sets, name, flags, element, isIp6);
        }

        Add("2^20 addresses", "", static i => AddressText.FormatIpv4(i));
        Add("2^20 addresses, flags interval", "; flags interval", static i => AddressText.FormatIpv4(i));
        Add("2^20 prefixes /28", "; flags interval", static i => AddressText.FormatIpv4(i) + "/28");
        Add("2^20 prefixes /28, and as many addresses", "; flags interval",
            static i => $"{AddressText.FormatIpv4(i)}/28\n{AddressText.FormatIpv4(i * 3)}");
        Add("2^20 prefixes /28, flags timeout", "; flags interval; timeout 1h", static i => AddressText.FormatIpv4(i) + "/28");
        foreach (var length in new[] { 48, 64, 128 })
            Add($"2^20 IPv6 prefixes /{length}", "; flags interval", i => $"{AddressText.FormatIpv6(Ip6(i))}/{length}", isIp6: true);
        sets.Add(new("the kernel's hash of 2^20", Subject.KernelHash([.. Enumerable.Range(0, Million).Select(Address)])));
        Variant.Measure("sets", sets, turns, 1_000_000);
        foreach (var variant in sets) variant.Subject.Dispose();
    }

    private static uint Address(int number) => BinaryPrimitives.ReverseEndianness((uint)number * Subject.Inside);

    private static UInt128 Ip6(uint middle) => ((UInt128)0x2a0e << 112) | ((UInt128)middle << 80) | 1;

    private static void AddBoth(List<Variant> sets, string name, string flags, Func<uint, string> element, bool isIp6)
    {
        var feed = string.Join('\n', Enumerable.Range(0, Million).Select(i => element(Address(i))));
        var (type, rule) = isIp6 ? ("ipv6_addr", "ip6 saddr @s drop") : ("ipv4_addr", "ip saddr @s drop");
        var text = $"set s {{ type {type}{flags}; file \"feed\" }}\n{rule}";
        var watch = Stopwatch.StartNew();
        var inside = Subject.Of(text, feed, Subject.Inside, isIp6);
        Console.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{name}: read, compiled and loaded in {watch.ElapsedMilliseconds} ms"));
        sets.Add(new($"{name}, all in the set", inside));
        sets.Add(new($"{name}, none in it", Subject.Of(text, feed, Subject.Outside, isIp6)));
    }
}
