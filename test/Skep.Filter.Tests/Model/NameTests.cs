using System.Net;
using System.Text;
using CsCheck;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Tests.Model;

public sealed class NameTests
{
    /// <summary>nft names each value as we do, for the tables that are part of nft itself.</summary>
    [Theory]
    [InlineData("icmp type", Field.IcmpType)]
    [InlineData("icmp code", Field.IcmpCode)]
    [InlineData("icmpv6 type", Field.Icmpv6Type)]
    [InlineData("icmpv6 code", Field.Icmpv6Code)]
    [InlineData("ip dscp", Field.IpDscp)]
    [InlineData("ether type", Field.EtherType)]
    [InlineData("tcp flags", Field.TcpFlags)]
    [InlineData("meta nfproto", Field.MetaNfproto)]
    public void Names_are_those_of_nft(string expression, Field field)
    {
        Requires.Installed("nft");
        var info = FieldInfo.Of(field);
        var lines = Encoding.UTF8.GetString(
            Tool.Run("nft", [], ["describe", .. expression.Split(' ')])).Split('\n').Where(l =>
                l.StartsWith('\t')).Select(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.NotEmpty(lines);
        Assert.All(lines, words =>
        {
            var number = words[1].StartsWith("0x") ? Convert.ToInt32(words[1], 16) : int.Parse(words[1]);
            Assert.Equal(ValueError.None, ValueText.TryParse(words[0], info.Type, info.Domain, out var value));
            Assert.Equal((UInt128)number, value);
        });
    }

    [Fact]
    public void Ipv6_addresses_are_written_as_inet_ntop_does() =>
        Gen.UShort.Select(Gen.Int[0, 2], (g, z) => z == 0 ? g : (ushort)(z == 1 ? 0 : g & 0xf)).Array[8].Sample(groups =>
    {
        UInt128 value = 0;
        foreach (var group in groups) value = (value << 16) | group;
        var text = AddressText.FormatIpv6(value);
        Assert.True(AddressText.TryParseIpv6(text, out var again) && again == value, text);
        Assert.Equal(value, System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(IPAddress.Parse(text).GetAddressBytes()));
    });

    [Theory]
    [InlineData("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1")]
    [InlineData("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1")]
    [InlineData("0:0:0:0:0:0:0:0", "::")]
    [InlineData("1:0:0:0:0:0:0:0", "1::")]
    [InlineData("::FFFF:10.0.0.1", "::ffff:10.0.0.1")]
    [InlineData("0:0:1:0:0:0:0:0", "0:0:1::")]
    public void Ipv6_addresses_have_one_form(string text, string canonical)
    {
        Assert.True(AddressText.TryParseIpv6(text, out var value));
        Assert.Equal(canonical, AddressText.FormatIpv6(value));
    }

    [Theory]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("256.1.1.1")]
    [InlineData("1.2.3.")]
    [InlineData("0x1.2.3.4")]
    [InlineData("0001.2.3.4")]
    public void What_is_not_a_dotted_quad_is_refused(string text) => Assert.False(AddressText.TryParseIpv4(text, out _));

    [Theory]
    [InlineData("::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("1::2::3")]
    [InlineData("12345::")]
    [InlineData("::1.2.3")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData(":1")]
    public void What_is_not_an_ipv6_address_is_refused(string text) => Assert.False(AddressText.TryParseIpv6(text, out _));

    [Theory]
    [InlineData(0u, 0, 0u, uint.MaxValue)]
    [InlineData(0x0a0000ffu, 32, 0x0a0000ffu, 0x0a0000ffu)]
    [InlineData(0x0a0000ffu, 31, 0x0a0000feu, 0x0a0000ffu)]
    [InlineData(0x0a0000ffu, 1, 0u, 0x7fffffffu)]
    public void A_prefix_is_a_range(uint address, int length, uint low, uint high)
    {
        var range = Interval.FromPrefix(address, length, 32);
        Assert.Equal(new Interval(low, high), range);
        Assert.True(range.TryGetPrefix(32, out var again) && again == length);
    }
}
