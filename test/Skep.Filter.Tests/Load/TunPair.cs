using System.Net;
using System.Net.Sockets;
using Skep.Linux.Network;
using Skep.Packets.Building;
using Skep.Testing;

namespace Skep.Filter.Tests.Load;

/// <summary>A network namespace with two tun devices, <c>t0</c> (10.88.0.1, fd88::1) and <c>t1</c>, and a veth <c>v0</c> beside them. Gone when disposed.</summary>
internal sealed class TunPair : IDisposable
{
    private static int s_count;

    private readonly NetworkNamespace _space;

    internal TunPair()
    {
        VethPair.Run($"netns add {Name}");
        First = new(Name, "t0");
        Second = new(Name, "t1");
        VethPair.Run($"-n {Name} link set lo up");
        VethPair.Run($"-n {Name} link add v0 type veth peer name v1");
        VethPair.Run($"-n {Name} addr add 10.88.0.1/24 dev t0");
        VethPair.Run($"-n {Name} addr add fd88::1/64 dev t0 nodad");
        foreach (var device in (string[])["t0", "t1", "v0", "v1"]) VethPair.Run($"-n {Name} link set {device} up");
        _space = NetworkNamespace.Open(Name);
    }

    internal string Name { get; } = $"skep-t{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";

    internal TunDevice First { get; }

    internal TunDevice Second { get; }

    internal T Within<T>(Func<T> code) => _space.Run(code);

    /// <summary>A UDP socket of the namespace, for both versions of IP.</summary>
    internal Socket Receiver(int port) => _space.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp) { DualMode = true, ReceiveTimeout = 2000 };
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
        VethPair.Run($"netns del {Name}");
    }
}
