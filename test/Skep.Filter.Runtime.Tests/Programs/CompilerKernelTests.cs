using System.Text;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Programs;

[Trait("level", "kernel")]
public sealed class CompilerKernelTests
{
    [Fact]
    public void A_thousand_rules_load()
    {
        var rules = new StringBuilder();
        for (var i = 0; i < 1000; i++)
        {
            rules.AppendLine((i % 4) switch
            {
                0 => $"ip saddr 10.{i / 256}.{i % 256}.0/24 tcp dport {i + 1} drop",
                1 => $"ip6 saddr 2001:db8:{i:x}::/48 udp dport {i} pass",
                2 => $"vlan id {i} ip daddr 10.0.0.{i % 256} drop",
                _ => $"meta l4proto udp ip frag none udp sport {{ {i}, 8000-9000, 10000 }} drop",
            });
        }
        rules.AppendLine("ip saddr 10.9.9.9 drop");
        using var loaded = Load(rules.ToString());
        Assert.True(PacketText.TryParse("udp 10.9.9.9:1 > 10.0.0.2:53", out var spec, out _));
        Assert.Equal(1u, loaded.Program.Run(new BpfRun { Data = PacketBuilder.Build(spec) }).ReturnValue);
        Assert.Equal(1ul, loaded.ReadRules()[^1].Packets);
    }

    [Theory]
    [InlineData("limit rate 1/week burst 7 drop", 7, 7)]
    [InlineData("limit rate over 1/week burst 7 drop", 7, 93)]
    [InlineData("limit rate 1/week burst 3 per ip saddr drop", 2, 6)]
    [InlineData("limit rate over 1/week burst 3 per ip saddr . ip daddr . udp dport size 4096 drop", 2, 94)]
    [InlineData("limit rate 1000000000/second drop", 2, 100)]
    public void A_limit_hits_what_its_bucket_holds(string rule, int sources, int hits)
    {
        using var loaded = Load(rule);
        for (var i = 0; i < 100; i++)
        {
            Assert.True(PacketText.TryParse($"udp 10.0.0.{i % sources}:1 > 10.0.0.2:53", out var spec, out _));
            loaded.Program.Run(new BpfRun { Data = PacketBuilder.Build(spec) });
        }
        Assert.Equal((ulong)hits, loaded.ReadRules()[0].Packets);
    }

    [Fact]
    public void An_element_runs_out()
    {
        var table = Rules.Table(
            "set s { type ipv4_addr; flags interval, timeout; elements = { 10.0.0.0/8 timeout 1h, 192.0.2.0/24 timeout 300ms } }\nip saddr "
            + "@s drop");
        var now = LoadedFilter.Now;
        using var loaded = LoadedFilter.Load(FilterCompiler.Compile(table), "timeout", now - 200_000_000, _ => 1);
        Assert.True(PacketText.TryParse("udp 192.0.2.9:1 > 10.0.0.2:53", out var spec, out _));
        var packet = PacketBuilder.Build(spec);
        Thread.Sleep(120);
        Assert.Equal(2u, loaded.Program.Run(new BpfRun { Data = packet }).ReturnValue);
    }

    [Fact]
    public void Totals_go_by_action_and_protocol()
    {
        using var loaded = Load("udp dport 53 drop\ntcp dport 80 tx");
        foreach (var text in (string[])["udp 10.0.0.1:1 > 10.0.0.2:53", "udp 10.0.0.1:1 > 10.0.0.2:54", "tcp 10.0.0.1:1 > 10.0.0.2:80",
            "icmp 10.0.0.1 > 10.0.0.2", "ether arp", "udp 10.0.0.1:1 > 10.0.0.2:53 frag later",
            "icmpv6 2001:db8::1 > 2001:db8::2", "icmpv6 10.0.0.1 > 10.0.0.2", "icmp 2001:db8::1 > 2001:db8::2",
            "sctp 10.0.0.1:1 > 10.0.0.2:2", "ether 0x88cc"])
        {
            Assert.True(PacketText.TryParse(text, out var spec, out _));
            loaded.Program.Run(new BpfRun { Data = PacketBuilder.Build(spec) });
        }
        var totals = FilterCounters.ReadTotals(loaded.Maps[1]);
        var all = from action in Enumerable.Range(0, totals.Length)
                  from p in Enumerable
            .Range(0,
                Protocols.All.Count)
                  where totals[action][p].Packets > 0
                  select $"{action} {Protocols.All[p]} {totals[action][p].Packets}";
        Assert.Equal(
            ["1 UDP 1", "2 UDP 2", "2 ICMP 1", "2 ICMPv6 1", "2 SCTP 1", "2 IPv4 other 1", "2 IPv6 other 1", "2 ARP 1", "2 other 1",
                "3 TCP 1"],
            all);
    }

    [Fact]
    public void A_redirect_goes_to_the_device_of_its_own_rule()
    {
        using var loaded = Load("udp dport 1 redirect first\nudp dport 2 redirect second");
        uint[] Actions() => [.. new[] { 1, 2 }.Select(port =>
        {
            Assert.True(PacketText.TryParse($"udp 10.0.0.1:1 > 10.0.0.2:{port}", out var spec, out _));
            return loaded.Program.Run(new BpfRun { Data = PacketBuilder.Build(spec) }).ReturnValue;
        })];
        Assert.Equal([4u, 4u], Actions());
        loaded.Find(MapRole.Devices)!.Delete(new byte[4]);
        Assert.Equal([1u, 4u], Actions());
    }

    [Theory]
    [InlineData("ip6 frag later", 1u)]
    [InlineData("ip6 frag first", 2u)]
    [InlineData("ip6 frag none", 2u)]
    public void A_later_fragment_inside_a_first_one_is_a_later_one(string match, uint action)
    {
        // Ethernet, IPv6, a fragment header of offset 0 and more to come, one of offset 10, 8 bytes.
        var packet =
            Convert.FromHexString(
                "02000000000102000000000286dd" + "6000000000182c40" + "20010db8000000000000000000000001"
                    + "20010db8000000000000000000000002"
            + "2c00000100001234" + "1100005100001235" + "0001000200080000");
        using var loaded = Load(match + " drop");
        Assert.Equal(action, loaded.Program.Run(new BpfRun { Data = packet }).ReturnValue);
        Assert.Equal(action, Rules.Decide(match + " drop", packet).Verdict.Kind == VerdictKind.Drop ? 1u : 2u);
    }

    private static LoadedFilter Load(string rules)
    {
        var now = LoadedFilter.Now;
        return LoadedFilter.Load(FilterCompiler.Compile(Rules.Table(rules)), "test", now, _ => 1);
    }
}
