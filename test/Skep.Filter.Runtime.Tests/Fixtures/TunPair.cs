using System.Net;
using System.Net.Sockets;
using Skep.Linux.Network;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Fixtures;

/// <summary>
/// A network namespace with two tun devices, <c>t0</c> (10.88.0.1, fd88::1) and <c>t1</c>, and a veth <c>v0</c> beside them. Removed when
/// disposed.
/// </summary>
internal sealed class TunPair : IDisposable
{
    private readonly TestNamespace _own = new();
    private readonly NetworkNamespace _space;

    internal TunPair()
    {
        First = new(Name, "t0");
        Second = new(Name, "t1");
        Ip("link set lo up");
        Ip("link add v0 type veth peer name v1");
        Ip("addr add 10.88.0.1/24 dev t0");
        Ip("addr add fd88::1/64 dev t0 nodad");
        foreach (var device in (string[])["t0", "t1", "v0", "v1"]) Ip($"link set {device} up");
        _space = NetworkNamespace.Open(Name);
    }

    internal string Name => _own.Name;

    internal TunDevice First { get; }

    internal TunDevice Second { get; }

    /// <summary>Runs ip(8) in the namespace.</summary>
    internal void Ip(string words) => _own.Ip(words);

    internal T Within<T>(Func<T> code) => _space.Run(code);

    /// <summary>A UDP socket of the namespace, for both versions of IP.</summary>
    internal Socket Receiver(int port) => _space.Run(() =>
    {
        var socket = new Socket(
            AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp)
        { DualMode = true, ReceiveTimeout = 2000 };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
        return socket;
    });

    /// <summary>A packet from its IP header on.</summary>
    internal static byte[] Packet(string text)
    {
        Assert.True(PacketText.TryParse(text, out var spec, out var error), error);
        return PacketBuilder.Build(spec)[14..];
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
        _space.Dispose();
        _own.Dispose();
    }
}
