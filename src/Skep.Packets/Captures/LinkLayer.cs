using System.Buffers.Binary;
using Skep.Packets.Headers;

namespace Skep.Packets.Captures;

/// <summary>
/// What a captured packet is beneath its capture's link layer: an Ethernet frame, an IP packet, or something else, which no rule on IP
/// headers can mean.
/// </summary>
/// <param name="Start">What <see cref="Bytes"/> begins with.</param>
/// <param name="HeaderLength">How many bytes of the link layer are before it, which no device's packets have.</param>
/// <param name="Bytes">The packet as a device would have it, as far as it was captured.</param>
public sealed record LinkLayer(PacketStart Start, int HeaderLength, byte[] Bytes)
{
    private const int CookedBytes = 16, Cooked2Bytes = 20, FamilyBytes = 4, TagBytes = 4;
    private const int Outgoing = 4;

    // ARPHRD_NETLINK, ARPHRD_IEEE80211_RADIOTAP, ARPHRD_FRAD: the protocol is no EtherType.
    private const int Netlink = 824, Radiotap = 803, FrameRelay = 770;

    /// <summary>Whether an IP packet may be in it: else a byte that looks like an IP version is none.</summary>
    public bool MayBeIp { get; private init; } = true;

    /// <summary>The index of the device it was captured on, where the capture records it.</summary>
    public uint? IfIndex { get; private init; }

    /// <summary>Whether the machine sent it, where the capture records it: XDP does not see those.</summary>
    public bool IsOutgoing { get; private init; }

    /// <summary>Looks beneath the link layer.</summary>
    /// <param name="packet">The packet.</param>
    /// <returns>Null for a link layer that is not understood.</returns>
    public static LinkLayer? Of(CapturedPacket packet)
    {
        ArgumentNullException.ThrowIfNull(packet);
        byte[] bytes = packet.Bytes;
        return packet.LinkType switch
        {
            LinkTypes.Ethernet => new(PacketStart.Ethernet, 0, bytes),
            LinkTypes.Ip => Bare(bytes, 0, 4),
            LinkTypes.Ip6 => Bare(bytes, 0, 6),
            var raw when LinkTypes.IsRaw(raw) => Bare(bytes, 0, null),
            LinkTypes.Null or LinkTypes.Loop => OfFamily(bytes, packet.LinkType == LinkTypes.Loop),
            LinkTypes.LinuxCooked => OfCooked(bytes),
            LinkTypes.LinuxCooked2 => OfCooked2(bytes),
            _ => null,
        };
    }

    /// <summary>The packet with the link layer of its capture before it again.</summary>
    /// <param name="captured">The packet as it was captured.</param>
    /// <param name="bytes">What became of <see cref="Bytes"/>.</param>
    public byte[] Wrap(CapturedPacket captured, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(captured);
        return [.. captured.Bytes.AsSpan(0, HeaderLength), .. bytes];
    }

    // AF_INET is 2 everywhere; AF_INET6 is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on Darwin. Linux captures with no such link layer.
    private static LinkLayer OfFamily(byte[] bytes, bool isBig)
    {
        if (bytes.Length < FamilyBytes) return Unknown(bytes, bytes.Length);
        uint family = isBig ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

        // The machine that captured may have had the other byte order: a family is small.
        if (!isBig && family > ushort.MaxValue) family = BinaryPrimitives.ReverseEndianness(family);
        return family switch
        {
            2 => Bare(bytes, FamilyBytes, 4),
            24 or 28 or 30 => Bare(bytes, FamilyBytes, 6),
            _ => Unknown(bytes, FamilyBytes),
        };
    }

    private static LinkLayer OfCooked(byte[] bytes)
    {
        if (bytes.Length < CookedBytes) return Unknown(bytes, bytes.Length);
        return OfProtocol(bytes, CookedBytes, Half(bytes, 14), Half(bytes, 2)) with { IsOutgoing = Half(bytes, 0) == Outgoing };
    }

    private static LinkLayer OfCooked2(byte[] bytes)
    {
        if (bytes.Length < Cooked2Bytes) return Unknown(bytes, bytes.Length);
        return OfProtocol(bytes, Cooked2Bytes, Half(bytes, 0), Half(bytes, 8)) with
        {
            IfIndex = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(4)),
            IsOutgoing = bytes[10] == Outgoing,
        };
    }

    private static LinkLayer OfProtocol(byte[] bytes, int at, int protocol, int device)
    {
        if (device is Netlink or Radiotap or FrameRelay) return Unknown(bytes, at);

        // A tag: its control information and the type of what follows.
        for (int tags = 0; tags < 2 && protocol is 0x8100 or 0x88a8 && bytes.Length >= at + TagBytes; tags++)
        {
            protocol = Half(bytes, at + 2);
            at += TagBytes;
        }

        return protocol switch
        {
            0x0800 => Bare(bytes, at, 4),
            0x86dd => Bare(bytes, at, 6),
            _ => Unknown(bytes, at),
        };
    }

    private static LinkLayer Bare(byte[] bytes, int at, int? version)
    {
        var layer = new LinkLayer(PacketStart.Ip, at, bytes[at..]);
        return version is null || layer.Bytes.Length == 0 || layer.Bytes[0] >> 4 == version ? layer : layer with { MayBeIp = false };
    }

    private static LinkLayer Unknown(byte[] bytes, int at) => new(PacketStart.Ip, at, bytes[at..]) { MayBeIp = false };

    private static int Half(byte[] bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at));
}
