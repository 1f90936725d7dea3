using System;
using System.Collections.Concurrent;
using System.Globalization;
using CsCheck;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.Tests.Log;
using Skep.Packets.Building;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Tests.Programs;

/// <summary>The compiled program does what the evaluator says: action, bytes of the packet, rules counted.</summary>
[Trait("level", "kernel")]
public sealed class DifferentialKernelTests : IDisposable
{
    private static readonly byte[][] Packets = [.. PacketGenerator.Mixed(3000).Select(PacketBuilder.Build)];

    /// <summary>What devices without an Ethernet header receive: those of the packets that are IP, from there on.</summary>
    private static readonly byte[][] BarePackets = [.. Packets.Select(WithoutEthernet).Where(p => p.Length >= 14)];

    private static readonly BufferFlags? Flags = BufferFlagsProbe.Find(new());

    private static readonly Gen<string> Rewrite = Gen.OneOf<string>(
        "ip saddr set 10.0.0.1", "ip daddr set 255.255.255.255", "ip ttl set 64", "ip dscp set ef", "ip6 saddr set 2001:db8::1",
        "ip6 daddr set ::",
        "ip6 hoplimit set 4", "ip6 dscp set cs7", "tcp sport set 22", "tcp dport set 0", "udp sport set 65535", "udp dport set 53",
        "swap ip", "swap ip6", "swap tcp",
        "swap udp", "log", "swap ether", "swap ether,ip,udp", "vlan id set 100", "vlan pcp set 3", "ether saddr set ff:ff:ff:ff:ff:ff",
        "ether daddr set 52:54:00:00:00:03");

    private static readonly Gen<string> Match = Gen.OneOf<string>(
        "", "ip saddr 10.0.0.1", "ip daddr != 10.0.0.0/8", "ip6 saddr 2001:db8::/32", "ip6 daddr != 2001:db8::1",
        "tcp dport { 22, 53, 80-443 }", "udp sport != 53", "tcp sport @ports",
        "ip ttl 64", "ip dscp ef", "meta l4proto udp", "meta iif lo", "meta iif != { 2-7, 9 }", "meta iif . ip ttl { lo . 64, 3 . 1 }",
        "vlan id 100", "ether daddr 52:54:00:00:00:03", "ip6 hoplimit 4", "ip frag first", "ip6 frag later", "ip saddr @nets",
        "ip daddr . udp dport @pairs", "ip saddr . tcp sport @services", "ip6 saddr @nets6", "ip6 daddr . tcp dport @services6",
        "ip saddr @times", "icmpv6 code 0", "sctp dport 22", "ether type arp");

    private static readonly Gen<string> Rewriting = Match.Array[0, 2].Select(Rewrite.Array[0, 3], Gen.OneOf<string>(
        "", "", "", "continue", "tx", "drop", "redirect lo", "redirect fib"), (m, r, v) =>
        $"{string.Join(' ', m)} {string.Join(' ', r)} {(r.Length == 0 && v.Length == 0 ? "pass" : v)}");

    private static readonly Gen<string> RewritingTable =
        Rewriting.Array[1, 12].Select(Gen.OneOf<string>("", "malformed drop", "malformed pass", "policy drop"), (rules, head) => $$"""
        table t {
            {{head}}
            set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/24, 0.0.0.0-9.255.255.255, 192.0.2.20 } }
            set times {
                type ipv4_addr; flags interval, timeout; elements = { 10.0.0.0/8 timeout 1h, 10.0.0.0/31, 10.255.255.255 timeout 1ms }
            }
            set nets6 { type ipv6_addr; elements = { 2001:db8::/32, fe80::1, :: } }
            set ports { type inet_service; flags interval; elements = { 0, 22, 80-1023, 65535 } }
            set pairs { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 53, 10.0.0.0/24 . 80-90 } }
            set services { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 22, 10.0.0.2 . 80, 255.255.255.255 . 65535 } }
            set services6 { type ipv6_addr . inet_service; elements = { 2001:db8::1 . 22, fe80::1 . 0, :: . 80 } }
            {{string.Join("\n    ", rules)}}
        }
        """);

    /// <summary>
    /// How many times the usual number of packets, 10 million for all tests: SKEP_FILTER_ROUNDS, 1 when it is not set; 0.1 is a tenth.
    /// </summary>
    private static double Rounds =>
        double.Parse(Environment.GetEnvironmentVariable("SKEP_FILTER_ROUNDS") ?? "1", CultureInfo.InvariantCulture);

    private readonly ConcurrentBag<PacketBatch> _batches = [];

    public void Dispose()
    {
        foreach (var batch in _batches) batch.Dispose();
    }

    [Fact]
    public void Random_tables_decide_as_the_evaluator() => Decide(TableGenerator.Table(12).Select(Compilable));

    [Fact]
    public void Rewriting_tables_decide_as_the_evaluator() => Decide(RewritingTable);

    [Fact]
    public void Tables_that_log_log_as_the_evaluator() =>
        RewritingTable.Where(t => t.Contains(" log", StringComparison.Ordinal)).Sample(
            CompareOneByOne, iter: (long)Math.Ceiling(10 * Rounds), threads: 1);

    private void Decide(Gen<string> tables)
    {
        var decided = 0L;
        while (decided < 5_000_000L * Rounds)
            tables.Where(t => Rules.Read(t).Table is not null).Sample(
                text => Interlocked.Add(ref decided, Compare(text)), iter: 20, threads: 2);
    }

    // What needs a routing table or is random has tests of its own.
    private static string Compilable(string text) => text.Replace(" sample 1/8", "", StringComparison.Ordinal)
        .Replace("redirect eth1", "redirect lo", StringComparison.Ordinal)
        .Replace("redirect \"cpu\"", "redirect lo", StringComparison.Ordinal).Replace(
            "redirect cpu 3", "redirect cpu 0", StringComparison.Ordinal);

    /// <summary>Packets come in by the loopback interface.</summary>
    private static Table Resolved(Table table) => Interfaces.Resolve(table, (_, name) => name == "lo" ? Interfaces.Loopback : 7);

    private int Compare(string text)
    {
        if (!_batches.TryTake(out var batch)) batch = new();
        try
        {
            return Compare(text, batch);
        }
        finally
        {
            _batches.Add(batch);
        }
    }

    private static int Compare(string text, PacketBatch batch)
    {
        var table = Resolved(Rules.Read(text).Table!);
        var start = text.Length % 3 == 0 ? PacketStart.Ip : PacketStart.Ethernet;
        var packets = start == PacketStart.Ip ? BarePackets : Packets;
        var plan = FilterPlan.Of(table, table.Rules.Count, hasFrags: text.Length % 4 != 0, start: start,
            memory: text.Length % 5 < 3 ? ClassifierMemory.Arena : ClassifierMemory.Array, searched: text.Length % 2 == 0 ? 1 : null,
            flags: text.Length % 7 < 4 ? Flags : null);
        using var loaded = LoadedFilter.Load(
            FilterCompiler.Compile(plan, [.. Enumerable.Range(0, table.Rules.Count)]), "differential", PacketTimes.Start, _ => 1);
        var evaluator = new Evaluator(table, () => 0);
        var times = PacketTimes.Of(table, new(text.Length), PacketBatch.Capacity);
        var random = new Random(text.Length);
        batch.Clear();
        while (batch.Count < PacketBatch.Capacity)
            batch.Add(Mutated(packets[random.Next(packets.Length)], random, start), times[batch.Count]);
        batch.Decide(loaded);

        // The same packets again, one by one.
        random = new Random(text.Length);
        Span<byte> output = stackalloc byte[PacketBatch.MostBytes];
        for (var i = 0; i < batch.Count; i++)
        {
            var packet = Mutated(packets[random.Next(packets.Length)], random, start);
            var expected = packet.ToArray();
            var decision = evaluator.Decide(expected, times[i], start);
            var (action, want) = (batch.ActionOf(i), ActionOf(decision.Verdict.Kind));
            var left = output[..packet.Length];
            batch.ReadPacket(i, left);
            if (action == want && left.SequenceEqual(expected)) continue;
            Assert.Fail(
                $"action {action}, expected {want} by rule {decision.Rule}, {times[i] - PacketTimes.Start} ns after the table was "
                + $"loaded\n{text}\n{PacketText.Format(packet, start)}\npacket   {Convert.ToHexString(packet)}\nexpected "
                + $"{Convert.ToHexString(expected)}\nis       {Convert.ToHexString(left)}");
        }
        var counted = loaded.ReadRules();
        for (var i = 0; i < counted.Length; i++)
        {
            var want = new Counter(evaluator.Counts[i].Packets, evaluator.Counts[i].Bytes);
            if (counted[i] != want) Assert.Fail($"rule {i} counted {counted[i]}, expected {want}\n{text}");
        }
        foreach (var set in loaded.Filter.Plan.Sets.Where(s => s.Layout.IsCounted))
            Assert.True(
                evaluator.ElementCounts(set.Set.Name).SequenceEqual(ElementCountReader.Read(loaded, set)),
                $"set {set.Set.Name} counted {string.Join(", ", ElementCountReader.Read(loaded, set))}, expected "
                + $"{string.Join(", ", evaluator.ElementCounts(set.Set.Name))}\n{text}");
        var totals = FilterCounters.ReadTotals(loaded.Maps[1]);
        Assert.Equal((ulong)batch.Count, totals.SelectMany(t => t).Aggregate(0UL, (sum, c) => sum + c.Packets));
        return batch.Count;
    }

    private static void CompareOneByOne(string text)
    {
        if (Rules.Read(text).Table is not { } read) return;
        var table = Resolved(read);
        var now = LoadedFilter.Now;
        using var loaded = LoadedFilter.Load(FilterCompiler.Compile(table), "differential", now, _ => 1);
        using var log = table.Rules.Any(r => r.Statements.Any(s => s is LogStatement)) && LogTap.Logs(loaded) ? new LogTap(loaded) : null;
        var keys = table.Rules.Select(LogLayout.KeyOf).ToArray();
        Thread.Sleep(2);
        var evaluator = new Evaluator(table, () => 0);
        evaluator.Decide(new byte[14], 0);
        var before = evaluator.Counts.ToArray();
        var random = new Random(table.Rules.Count);
        var output = new byte[4096];
        foreach (var original in Packets)
        {
            var packet = Mutated(original, random);
            var expected = packet.ToArray();
            var decision = evaluator.Decide(expected, 10_000_000);
            var result = loaded.Program.Run(new BpfRun { Data = packet, DataOut = output });
            var want = ActionOf(decision.Verdict.Kind);
            var logged = log?.Take().Select(r => (r.Rule, Convert.ToHexString(r.Bytes))) ?? [];
            var isLogged = logged.SequenceEqual(
                decision.Logged.Select(
                    l => (keys[l.Rule], Convert.ToHexString(l.Packet.AsSpan(0, Math.Min(l.Packet.Length, LogLayout.SnapLength))))));
            if (isLogged && result.ReturnValue == want && output.AsSpan(0, result.DataLength).SequenceEqual(expected)) continue;
            Assert.Fail(
                $"action {result.ReturnValue}, expected {want} by rule {decision.Rule}, {(isLogged ? "logged rightly" : "logged wrongly")}"
                + $"\n{text}\n{PacketText.Format(packet)}\npacket   {Convert.ToHexString(packet)}\nexpected "
                + $"{Convert.ToHexString(expected)}\nis       {Convert.ToHexString(output.AsSpan(0, result.DataLength))}");
        }
        var counted = loaded.ReadRules();
        for (var i = 0; i < counted.Length; i++)
        {
            var want = new Counter(evaluator.Counts[i].Packets - before[i].Packets, evaluator.Counts[i].Bytes - before[i].Bytes);
            if (counted[i] != want) Assert.Fail($"rule {i} counted {counted[i]}, expected {want}\n{text}");
        }
        var totals = FilterCounters.ReadTotals(loaded.Maps[1]);
        Assert.Equal((ulong)Packets.Length, totals.SelectMany(t => t).Aggregate(0UL, (sum, c) => sum + c.Packets));
    }

    private static byte[] WithoutEthernet(byte[] packet)
    {
        var headers = PacketHeaders.Walk(packet);
        return headers.Ip >= 0 ? packet[headers.Ip..] : headers.Ip6 >= 0 ? packet[headers.Ip6..] : [];
    }

    /// <summary>Most packets as they are; some cut short, some with a byte or a bit changed near the front.</summary>
    private static byte[] Mutated(byte[] packet, Random random, PacketStart start = PacketStart.Ethernet)
    {
        var copy = packet.ToArray();
        var front = start == PacketStart.Ip ? 0 : 12;
        switch (random.Next(6))
        {
            case 0:
                // BPF_PROG_RUN takes 14 bytes at least.
                return copy[..random.Next(14, copy.Length + 1)];
            case 1:
                copy[random.Next(front, Math.Min(copy.Length, 90))] = (byte)random.Next(256);
                return copy;
            case 2:
                for (var i = 0; i < 3; i++) copy[random.Next(front, copy.Length)] ^= (byte)(1 << random.Next(8));
                return copy;
            case 3:
                var padded = new byte[copy.Length + random.Next(1, 40)];
                copy.CopyTo(padded, 0);
                return padded;
            default:
                return copy;
        }
    }

    private static uint ActionOf(VerdictKind kind) => kind switch
    {
        VerdictKind.Drop => 1,

        // No socket is there, and no device whose address the packets could be to: both are passed.
        VerdictKind.Pass or VerdictKind.RedirectXsk or VerdictKind.RedirectFib => 2,
        VerdictKind.Tx => 3,
        _ => 4,
    };
}
