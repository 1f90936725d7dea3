using System.Text;
using Skep.Packets.Building;
using Skep.Packets.Captures;
using Skep.Packets.Headers;

namespace Skep.Packets.Tests.Captures;

/// <summary>Packets of captures with other link layers than Ethernet, held to what tshark makes of the same files.</summary>
public sealed class LinkLayerTests
{
    private const string Cooked = "0000 0001 0006 525400800001 0000 ", Cooked2 = " 0000 00000007 0001 00 06 525400800001 0000";

    private static readonly string[] Texts =
    [
        "udp 10.0.0.1:5 > 10.0.0.2:53", "udp 10.9.8.7:65535 > 255.255.255.255:1 payload 700", "udp [fd00::1]:5 > [fd00::2]:53",
        "udp [2001:db8::9]:7 > [ff02::1]:9 payload 900",
    ];

    // What is before the packet, for each version of IP.
    public static TheoryData<int, string, string> Layers => new()
    {
        { LinkTypes.Raw, "", "" },
        { 12, "", "" },
        { 14, "", "" },
        { LinkTypes.Ip, "", "-" },
        { LinkTypes.Ip6, "-", "" },
        { LinkTypes.Null, "02000000", "1e000000" },
        { LinkTypes.Null, "00000002", "0000001e" },
        { LinkTypes.Null, "02000000", "18000000" },
        { LinkTypes.Null, "02000000", "1c000000" },
        { LinkTypes.Loop, "00000002", "00000018" },
        { LinkTypes.LinuxCooked, Cooked + "0800", Cooked + "86dd" },
        { LinkTypes.LinuxCooked, Cooked + "8100 0005 0800", Cooked + "88a8 4064 8100 6005 86dd" },
        { LinkTypes.LinuxCooked2, "0800" + Cooked2, "86dd" + Cooked2 },
        { LinkTypes.LinuxCooked2, "8100" + Cooked2 + "6005 0800", "8100" + Cooked2 + "4005 86dd" },
    };

    [Theory]
    [MemberData(nameof(Layers))]
    public void Packets_are_found_where_tshark_finds_them(int type, string before4, string before6)
    {
        Requires.Installed("text2pcap");
        Requires.Installed("tshark");
        byte[][] packets =
        [
            .. Texts.Select(
                (text, i) =>
                    (Before: i < 2 ? before4 : before6, Packet: Bare(text))).Where(p =>
                        p.Before != "-").Select(p => (byte[])[.. Hex(p.Before), .. p.Packet])
        ];
        byte[] capture = Capture(type, packets);
        string[] expected = [.. Encoding.UTF8.GetString(Tool.Run(
                "tshark", capture, "-r", "-", "-T", "fields", "-E", "separator= ", "-e", "ip.src", "-e", "ipv6.src", "-e", "udp.srcport",
                "-e", "ip.dst", "-e", "ipv6.dst", "-e", "udp.dstport", "-e", "ip.len", "-e", "ipv6.plen"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(f => f[0].Contains(':', StringComparison.Ordinal)
                ? $"udp [{f[0]}]:{f[1]} > [{f[2]}]:{f[3]} length {int.Parse(f[4], null) + 40}"
                    : $"udp {f[0]}:{f[1]} > {f[2]}:{f[3]} length {f[4]}")];
        List<CapturedPacket> read = CaptureFile.Read(capture);
        Assert.Equal(packets.Length, expected.Length);
        Assert.Equal(packets, read.Select(p => p.Bytes));
        LinkLayer[] layers = [.. read.Select(p => LinkLayer.Of(p)!)];
        Assert.All(layers, layer => Assert.Equal((PacketStart.Ip, true, false), (layer.Start, layer.MayBeIp, layer.IsOutgoing)));
        Assert.Equal(expected, layers.Select(layer => PacketText.Format(layer.Bytes, layer.Start)));
        Assert.All(layers, layer => Assert.Equal(type == LinkTypes.LinuxCooked2 ? 7u : null, layer.IfIndex));
        Assert.Equal(packets, read.Zip(layers, (packet, layer) => layer.Wrap(packet, layer.Bytes)));
    }

    [Theory]
    [InlineData(LinkTypes.LinuxCooked, Cooked + "0004", "4242030000")]
    [InlineData(LinkTypes.LinuxCooked, Cooked + "0806", "0001080006040001")]
    [InlineData(LinkTypes.LinuxCooked, Cooked + "8847", "4500001c")]
    [InlineData(LinkTypes.LinuxCooked, "0000 0338 0000 0000000000000000 0800", "45000014")]
    [InlineData(LinkTypes.LinuxCooked2, "0806" + Cooked2, "45000014")]
    [InlineData(LinkTypes.Null, "07000000", "45000014")]
    [InlineData(LinkTypes.Loop, "0000001e", "45000014")]
    [InlineData(LinkTypes.Null, "0a000000", "60000014")]
    [InlineData(LinkTypes.Ip, "", "60000014")]
    [InlineData(LinkTypes.Ip6, "", "45000014")]
    public void What_is_not_ip_is_not_taken_for_it(int type, string before, string payload)
    {
        byte[] bytes = [.. Hex(before), .. Hex(payload)];
        LinkLayer layer = LinkLayer.Of(new CapturedPacket(0, bytes, bytes.Length, type))!;
        Assert.Equal((PacketStart.Ip, false), (layer.Start, layer.MayBeIp));
    }

    [Theory]
    [InlineData(LinkTypes.Null)]
    [InlineData(LinkTypes.Loop)]
    [InlineData(LinkTypes.LinuxCooked)]
    [InlineData(LinkTypes.LinuxCooked2)]
    [InlineData(LinkTypes.Raw)]
    public void A_cut_link_layer_is_no_packet(int type)
    {
        byte[] whole = new byte[24];
        for (int length = 0; length < whole.Length; length++)
        {
            LinkLayer layer = LinkLayer.Of(new CapturedPacket(0, whole[..length], 60, type))!;
            Assert.Equal(length, layer.HeaderLength + layer.Bytes.Length);
        }
    }

    [Fact]
    public void An_unknown_link_layer_is_nothing() => Assert.Null(LinkLayer.Of(new CapturedPacket(0, new byte[60], 60, 127)));

    [Fact]
    public void What_the_machine_sent_is_known()
    {
        byte[] udp = Bare(Texts[0]);
        Assert.True(
            LinkLayer.Of(new CapturedPacket(0, [.. Hex("0004" + Cooked[4..] + "0800"), .. udp], 60, LinkTypes.LinuxCooked))!.IsOutgoing);
        Assert.True(
            LinkLayer.Of(
                new CapturedPacket(
                    0, [.. Hex("0800 0000 00000001 0304 04 06 000000000000 0000"), .. udp], 60, LinkTypes.LinuxCooked2))!.IsOutgoing);
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private static byte[] Bare(string text)
    {
        Assert.True(PacketText.TryParse(text, out PacketSpec spec, out string error), error);
        return PacketBuilder.Build(spec)[14..];
    }

    private static byte[] Capture(int type, IEnumerable<byte[]> packets)
    {
        string dump = string.Concat(packets.Select(p => $"000000 {string.Join(' ', p.Select(b => b.ToString("x2", null)))}\n"));
        return Tool.Run("text2pcap", Encoding.ASCII.GetBytes(dump), "-q", "-F", "pcap", "-l", $"{type}", "-", "-");
    }
}
