using System.Buffers.Binary;
using Skep.Packets.Building;
using Skep.Packets.Headers;

namespace Skep.Packets.Tests.Building;

/// <summary>Packets whose fields take the values of ranges.</summary>
public sealed class PacketSeriesTests
{
    private static PacketSpec Spec(string text)
    {
        Assert.True(PacketText.TryParse(text, out PacketSpec spec, out string error), error);
        return spec;
    }

    private static FieldRange Range(string word)
    {
        Assert.True(FieldRange.TryParse(word, out FieldRange range, out string error), error);
        return range;
    }

    private static byte[] Packet(PacketSeries series, ulong number)
    {
        byte[] frame = new byte[series.Longest];
        return frame[..series.Write(number, frame)];
    }

    [Theory]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:53", "saddr=10.0.0.1-10.255.255.255", "dport=0-65535")]
    [InlineData("tcp 10.0.0.1:5 > 10.0.0.2:53 payload 33", "daddr=1.2.3.4-9.9.9.9", "sport=1-9")]
    [InlineData("vlan 7 udp [2001:db8::1]:5 > [2001:db8::2]:53", "saddr=::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "sport=0-65535")]
    [InlineData("icmpv6 2001:db8::1 > 2001:db8::2", "saddr=2001:db8::1-2001:db8::ffff", "daddr=::1-::2")]
    [InlineData("icmp 10.0.0.1 > 10.0.0.2", "saddr=0.0.0.0-255.255.255.255", "daddr=10.0.0.1-10.0.0.2")]
    [InlineData("sctp 10.0.0.1:5 > 10.0.0.2:53", "saddr=10.0.0.1-10.0.9.1", "dport=0-65535")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:53 frag later", "saddr=10.0.0.1-10.0.9.1", "daddr=10.0.0.1-10.0.0.2")]
    public void Each_packet_is_the_one_that_is_built_with_its_values(string template, string first, string second)
    {
        PacketSpec spec = Spec(template);
        FieldRange[] ranges = [Range(first), Range(second)];
        foreach (ulong? seed in (ulong?[])[null, 7])
        {
            var series = new PacketSeries([spec], ranges, seed);
            for (ulong number = 0; number < 500; number++)
            {
                byte[] packet = Packet(series, number);
                PacketHeaders headers = PacketHeaders.Walk(packet);
                PacketSpec wanted = spec;
                foreach (FieldRange range in ranges)
                {
                    UInt128 value = Read(packet, headers, range);
                    Assert.InRange(value, range.Low, range.High);
                    wanted = range.Put(wanted, value);
                }

                Assert.Equal(PacketBuilder.Build(wanted), packet);
            }
        }
    }

    private static UInt128 Read(byte[] packet, PacketHeaders headers, FieldRange range)
    {
        bool isSource = range.Field is RangedField.SourceAddress or RangedField.SourcePort;
        if (range.IsPort) return BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(headers.Transport + (isSource ? 0 : 2)));
        return headers.Ip6 >= 0 ? BinaryPrimitives.ReadUInt128BigEndian(packet.AsSpan(headers.Ip6 + (isSource ? 8 : 24)))
            : BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(headers.Ip + (isSource ? 12 : 16)));
    }

    [Fact]
    public void In_sequence_all_values_come_in_turn()
    {
        var series = new PacketSeries(
            [Spec("udp 10.0.0.1:5 > 10.0.0.2:53"), Spec("tcp 10.0.0.1:5 > 10.0.0.2:53")],
            [Range("saddr=10.0.0.1-10.0.0.3"), Range("dport=8-9")], null);
        Assert.Equal(12, series.Period);
        string[] seen = [.. Enumerable.Range(0, 13).Select(i => PacketText.Format(Packet(series, (ulong)i)))];
        Assert.StartsWith("udp 10.0.0.1:5 > 10.0.0.2:8 ", seen[0], StringComparison.Ordinal);
        Assert.StartsWith("tcp 10.0.0.1:5 > 10.0.0.2:8 ", seen[1], StringComparison.Ordinal);
        Assert.StartsWith("udp 10.0.0.2:5 > 10.0.0.2:8 ", seen[2], StringComparison.Ordinal);
        Assert.StartsWith("udp 10.0.0.1:5 > 10.0.0.2:9 ", seen[6], StringComparison.Ordinal);
        Assert.Distinct(seen[..12]);
        Assert.Equal(seen[0], seen[12]);
    }

    [Fact]
    public void At_random_a_seed_has_its_own_packets()
    {
        PacketSeries Of(ulong seed) => new([Spec("udp 10.0.0.1:5 > 10.0.0.2:53")], [Range("saddr=10.0.0.0-10.255.255.255")], seed);
        byte[][] one = [.. Enumerable.Range(0, 100).Select(i => Packet(Of(1), (ulong)i))];
        Assert.Equal(one, [.. Enumerable.Range(0, 100).Select(i => Packet(Of(1), (ulong)i))]);
        Assert.NotEqual(one, [.. Enumerable.Range(0, 100).Select(i => Packet(Of(2), (ulong)i))]);
        Assert.True(one.Select(Convert.ToHexString).Distinct().Count() > 95);
        Assert.Null(Of(1).Period);
    }

    [Theory]
    [InlineData("saddr")]
    [InlineData("src=10.0.0.1-10.0.0.2")]
    [InlineData("saddr=10.0.0.1")]
    [InlineData("saddr=10.0.0.9-10.0.0.2")]
    [InlineData("saddr=10.0.0.9-::1")]
    [InlineData("dport=1-65536")]
    public void What_is_no_range_is_refused(string word)
    {
        Assert.False(FieldRange.TryParse(word, out _, out string error));
        Assert.NotEmpty(error);
    }

    [Theory]
    [InlineData("icmp 10.0.0.1 > 10.0.0.2", "dport=1-2")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:53", "saddr=::1-::2")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:53 frag later", "sport=1-2")]
    [InlineData("ether arp", "saddr=10.0.0.1-10.0.0.2")]
    public void A_packet_without_the_field_takes_no_range(string template, string word) =>
        Assert.NotNull(Range(word).ReasonAgainst(Spec(template)));
}
