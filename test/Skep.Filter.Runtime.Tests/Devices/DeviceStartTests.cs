using Skep.Filter.Compile;
using Skep.Filter.Runtime.Devices;
using Skep.Linux.Network;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Tests.Devices;

/// <summary>What is known of kinds of devices that a test machine need not have.</summary>
public sealed class DeviceStartTests
{
    [Theory]
    [InlineData(1, "veth", "ffffffffffff", "5.8", PacketStart.Ethernet)]
    [InlineData(772, "", "000000000000", "5.8", PacketStart.Ethernet)]
    [InlineData(0xfffe, "wireguard", "", "5.8", PacketStart.Ip)]
    [InlineData(512, "ppp", "", "5.8", PacketStart.Ip)]
    [InlineData(519, "", "", "5.8", PacketStart.Ip)]
    [InlineData(768, "ipip", "c0000201", "5.14", PacketStart.Ip)]
    [InlineData(778, "gre", "c0000201", "6.1", PacketStart.Ip)]
    public void Packets_begin_with(ushort type, string kind, string broadcast, string kernel, PacketStart expected)
    {
        Assert.Equal(expected, DeviceStart.Of(Device(type, kind, broadcast), Version.Parse(kernel), out var reason));
        Assert.Empty(reason);
    }

    [Theory]
    [InlineData(768, "ipip", "c0000201", "5.13", "before Linux 5.14")]
    [InlineData(0xfffe, "bareudp", "", "5.10", "before Linux 5.14")]
    [InlineData(778, "gre", "00000000", "6.1", "without one remote address")]
    [InlineData(778, "gre", "e0000001", "6.1", "without one remote address")]
    [InlineData(768, "vti", "c0000201", "6.1", "keep the link-layer header")]
    [InlineData(0xfffe, "xfrm", "", "6.1", "keep the link-layer header")]
    [InlineData(0xfffe, "amt", "", "6.1", "not known what packets of a device of kind amt begin with")]
    [InlineData(0xfffe, "geneve", "", "6.1", "not known what packets")]
    [InlineData(32, "ipoib", "", "6.1", "(device type 32, ipoib)")]
    [InlineData(824, "nlmon", "", "6.1", "(device type 824, nlmon)")]
    [InlineData(65535, "", "", "6.1", "(device type 65535)")]
    public void Rules_cannot_be_right_on(ushort type, string kind, string broadcast, string kernel, string reason)
    {
        Assert.Null(DeviceStart.Of(Device(type, kind, broadcast), Version.Parse(kernel), out var said));
        Assert.Contains(reason, said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tap_that_names_another_type_is_refused()
    {
        Assert.Null(DeviceStart.Of(Device(0xfffe, "tun", "") with { IsTap = true }, new(6, 1), out var reason));
        Assert.Contains("it is a tap", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_a_packet_can_begin_with_forbids_to_rewrite_its_first_bytes()
    {
        var table = Rules.Table("ip dscp set ef pass");
        Assert.Null(WithoutEthernet.FindRule(table, [192, 0, 2, 1], out _));
        Assert.NotNull(WithoutEthernet.FindRule(table, [69, 0, 0, 84], out var reason));
        Assert.Contains("rewrites the type of service", reason, StringComparison.Ordinal);
    }

    private static NetworkDevice Device(ushort type, string kind, string broadcast) =>
        new(1, "d", []) { Type = type, Kind = kind, Broadcast = Convert.FromHexString(broadcast) };
}
