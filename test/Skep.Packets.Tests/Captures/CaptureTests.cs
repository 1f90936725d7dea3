using System.Text;
using CsCheck;
using Skep.Packets.Building;
using Skep.Packets.Captures;
using Skep.Packets.Tests.Building;

namespace Skep.Packets.Tests.Captures;

public sealed class CaptureTests
{
    private static readonly List<byte[]> Packets = [.. PacketGenerator.Mixed(50).Select(PacketBuilder.Build)];

    [Theory]
    [InlineData(CaptureFormat.Pcap)]
    [InlineData(CaptureFormat.PcapNg)]
    public void What_is_written_is_read(CaptureFormat format)
    {
        var stream = new MemoryStream();
        var writer = new CaptureWriter(stream, format);
        for (var i = 0; i < Packets.Count; i++)
            writer.Write(new(1_700_000_000_123_456_789 + (ulong)i, Packets[i], Packets[i].Length + i, 1, i % 2 == 0 ? $"rule {i}" : null));
        var read = CaptureFile.Read(stream.ToArray());
        Assert.Equal(Packets, read.Select(p => p.Bytes));
        Assert.Equal(Enumerable.Range(0, Packets.Count).Select(i => 1_700_000_000_123_456_789 + (ulong)i), read.Select(p => p.Nanoseconds));
        Assert.Equal(Packets.Select((p, i) => p.Length + i), read.Select(p => p.OriginalLength));
        if (format == CaptureFormat.PcapNg) Assert.Equal("rule 4", read[4].Comment);
    }

    [Theory]
    [InlineData("pcap")]
    [InlineData("nsecpcap")]
    [InlineData("pcapng")]
    public void What_editcap_writes_is_read(string format)
    {
        Requires.Installed("editcap");
        var read = CaptureFile.Read(Tool.Run("editcap", CaptureFile.Write(Packets), "-F", format, "-", "-"));
        Assert.Equal(Packets, read.Select(p => p.Bytes));
        Assert.Equal(Packets.Select((_, i) => (ulong)i * 1000), read.Select(p => p.Nanoseconds));
    }

    [Fact]
    public void Tshark_reads_the_comments()
    {
        Requires.Installed("tshark");
        var stream = new MemoryStream();
        new CaptureWriter(stream, CaptureFormat.PcapNg).Write(new(5, Packets[0], Packets[0].Length, 1, "rule feed: drop"));
        Assert.Equal(
            "rule feed: drop",
            Encoding.UTF8.GetString(Tool.Run("tshark", stream.ToArray(), "-r", "-", "-T", "fields", "-e", "frame.comment")).Trim());
    }

    [Fact]
    public void A_big_endian_capture_is_read()
    {
        byte[] capture =
        [
            0xa1, 0xb2, 0xc3, 0xd4, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 1, 0,
            0, 0, 9, 77
        ];
        var packet = Assert.Single(CaptureFile.Read(capture));
        Assert.Equal((2_000_003_000UL, 9, (byte)77), (packet.Nanoseconds, packet.OriginalLength, packet.Bytes[0]));
    }

    [Fact]
    public void A_damaged_capture_ends_with_an_error_or_its_packets() =>
        Gen.OneOf<CaptureFormat>(
            CaptureFormat.Pcap, CaptureFormat.PcapNg).Select(Gen.Int[0, 100000], Gen.Byte, Gen.Int[0, 6000], (f, at, b, cut) =>
        {
            var capture = CaptureFile.Write(Packets, f);
            capture[at % capture.Length] = b;
            return capture[..Math.Max(0, capture.Length - cut)];
        }).Sample(capture =>
        {
            var reader = CaptureReader.Open(new MemoryStream(capture));
            var count = 0;
            while (reader.Next() is not null) count++;
            Assert.True(reader.Error is not null || count <= Packets.Count);
        }, iter: 2000);

    [Fact]
    public void A_capture_cut_short_says_so()
    {
        var capture = CaptureFile.Write(Packets);
        var reader = CaptureReader.Open(new MemoryStream(capture[..^1]));
        while (reader.Next() is not null) { }
        Assert.Contains("cut short at byte", reader.Error);
        Assert.Equal("the file is neither pcap nor pcapng", CaptureReader.Open(new MemoryStream("hello world"u8.ToArray())).Error);
    }

    [Theory]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:53", "udp 10.0.0.1:5 > 10.0.0.2:53 length 58")]
    [InlineData(
        "vlan 7 vlan 8 tcp [2001:db8::1]:5 > [::2]:80 flags syn,ack payload 0",
        "vlan 7 vlan 8 tcp [2001:db8::1]:5 > [::2]:80 flags syn,ack length 82")]
    [InlineData("icmpv6 fe80::1 > ff02::1 type nd-router-advert code 1", "icmpv6 fe80::1 > ff02::1 type nd-router-advert code 1 length 78")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:53 frag later", "udp 10.0.0.1 > 10.0.0.2 frag later length 50")]
    [InlineData("47 10.0.0.1 > 10.0.0.2", "gre 10.0.0.1 > 10.0.0.2 length 50")]
    [InlineData("ether arp", "ether arp length 30")]
    public void A_line_makes_a_packet_that_is_shown_as_the_line(string line, string shown)
    {
        Assert.True(PacketText.TryParse(line, out var spec, out var error), error);
        Assert.Equal(shown, PacketText.Format(PacketBuilder.Build(spec)));
    }

    [Theory]
    [InlineData("udp 10.0.0.1 > 10.0.0.2:53", "10.0.0.1 is not an address with a port")]
    [InlineData("udp 10.0.0.1:5 > [::1]:53", "one end is IPv4 and the other IPv6")]
    [InlineData("quic 10.0.0.1:5 > 10.0.0.2:53", "quic is not a protocol")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:53 size 5", "there is no option size")]
    [InlineData("udp 10.0.0.1:5 > 10.0.0.2:53 ttl 256", "256 is not a value for ttl")]
    [InlineData("", "the packet is empty")]
    public void A_line_that_makes_no_packet_says_why(string line, string why)
    {
        Assert.False(PacketText.TryParse(line, out _, out var error));
        Assert.Contains(why, error);
    }
}
