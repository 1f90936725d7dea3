using CsCheck;
using Skep.Packets.Building;
using Skep.Packets.Values;

namespace Skep.Packets.Tests.Building;

/// <summary>Makes mixed traffic out of few values, so that rules with those values hit some of it.</summary>
internal static class PacketGenerator
{
    internal static readonly Gen<ushort> Port = Gen.OneOf<ushort>(22, 53, 79, 80, 81, 443, 1023, 1024, 8000, 65535, 0);

    private static readonly Gen<UInt128> Ip = Gen.OneOf<uint>(
        0x0a000001,
        0x0a000002,
        0x0a0000ff,
        0x0a000100,
        0x0affffff,
        0x0b000000,
        0xc0000214,
        0xffffffff,
        0,
        0x09ffffff).Select(a => (UInt128)a);

    private static readonly Gen<UInt128> Ip6 = Gen.OneOf(
        "2001:db8::1",
        "2001:db8::2",
        "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db9::",
        "2001:db7:ffff::1",
        "fe80::1",
        "::",
        "ff02::1")
        .Select(a => AddressText.TryParseIpv6(a, out var v) ? v : 0);

    private static readonly Gen<VlanTag> Tag = Gen.OneOf<ushort>(0x8100, 0x88a8).Select(
        Gen.Int[0, 7], Gen.OneOf<ushort>(0, 1, 99, 100, 101, 4095), (t, p, i) => new VlanTag(t, (byte)p, i));

    private static readonly Gen<ExtensionHeader> Extension = Gen.OneOf(
        Gen.OneOf<byte>(0, 43, 60).Select(
            Gen.Int[0, 2], (type, words) => new ExtensionHeader(type, [(byte)words, .. new byte[6 + 8 * words]])),
        Gen.Const(new ExtensionHeader(51, [4, .. new byte[22]])));

    internal static readonly Gen<PacketSpec> Spec = Gen.OneOf<ushort>(
        0x0800, 0x0800, 0x0800, 0x86dd, 0x86dd, 0x86dd, 0x0806, 0x88cc).SelectMany(type =>
        Gen.OneOf<byte>(6, 6, 6, 17, 17, 17, 132, 1, 58, 47).SelectMany(protocol =>
            (type == 0x86dd ? Ip6 : Ip).Select(type == 0x86dd ? Ip6 : Ip, Port, Port, Gen.Int[0, 63], Gen.Int[0, 3], (
                source, destination, sport, dport, dscp, ecn) => new PacketSpec
                {
                    EtherType = type,
                    Protocol = protocol,
                    Source = source,
                    Destination = destination,
                    SourcePort = sport,
                    DestinationPort = dport,
                    Dscp = (byte)dscp,
                    Ecn = (byte)ecn,
                })
            .Select(Gen.Byte, Gen.OneOf<byte>(
                0,
                3,
                4,
                5,
                8,
                11,
                128,
                129,
                133,
                134,
                135,
                136), Gen.OneOf<byte>(0, 1, 4, 9), Gen.OneOf<byte>(1, 4, 5, 6, 63, 64, 255), Gen.Int[0, 120], (
                    s, flags, it, ic, ttl, payload) =>
                s with { TcpFlags = flags, IcmpType = it, IcmpCode = ic, Ttl = ttl, PayloadLength = payload })
            .Select(Tag.Array[0, 2], Gen.OneOf<int>(0, 0, 0, 0, 1, 2, 3), Gen.Int[0, 3], Extension.Array[0, 2], Gen.OneOf<ulong>(
                0x525400000001, 0x525400000003, 0xffffffffffff), (s, tags, place, options, extensions, mac) => s with
                {
                    Tags = [.. tags],
                    MoreFragments = place is 1 or 2,
                    FragmentOffset = (ushort)(place >= 2 ? 185 : 0),
                    Options = type == 0x0800 ? [.. Enumerable.Repeat((byte)1, 4 * options)] : [],
                    Extensions = type == 0x86dd ? [.. extensions] : [],
                    EtherDestination = mac,
                })));

    /// <summary>A capture of its own for each seed; packet N has the time N microseconds.</summary>
    internal static List<PacketSpec> Mixed(int count)
    {
        var specs = new List<PacketSpec>();
        var size = default(Size);
        var random = new PCG(7, 11);
        for (var i = 0; i < count; i++) specs.Add(Spec.Generate(random, null, out size));
        return specs;
    }
}
