using System.Net;
using System.Net.Sockets;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Tests.Fixtures;

/// <summary>
/// Two network namespaces with a veth pair between them: 10.77.0.1 on the sender's side, 10.77.0.2 on the filtered device's. Removed when
/// disposed.
/// </summary>
internal sealed class VethPair : IDisposable
{
    internal const string Device = "inner";

    private readonly TestNamespace _outside = new(), _inside = new();
    private readonly NetworkNamespace _senderSpace;
    private readonly NetworkNamespace _space;

    internal VethPair()
    {
        _outside.Ip($"link add outer type veth peer name {Device} netns {Name}");
        _outside.Ip("addr add 10.77.0.1/24 dev outer");
        _inside.Ip($"addr add 10.77.0.2/24 dev {Device}");
        _outside.Ip("link set outer up");
        _inside.Ip($"link set {Device} up");
        _senderSpace = NetworkNamespace.Open(SenderName);
        _space = NetworkNamespace.Open(Name);
    }

    /// <summary>The namespace of the filtered device.</summary>
    internal string Name => _inside.Name;

    /// <summary>The namespace of the sender, whose device is <c>outer</c>.</summary>
    internal string SenderName => _outside.Name;

    /// <summary>Makes the sender's device poll, without which the other cannot send by XDP.</summary>
    internal void SetPolling() => Tool.Run("ip", "netns", "exec", SenderName, "ethtool", "-K", "outer", "gro", "on");

    internal T Within<T>(Func<T> code) => _space.Run(code);

    internal Socket Sender() => _senderSpace.Run(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));

    internal Socket Receiver(int port) => _space.Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        return socket;
    });

    internal static void Send(Socket socket, int port) => socket.SendTo(new byte[20], new IPEndPoint(IPAddress.Parse("10.77.0.2"), port));

    public void Dispose()
    {
        _senderSpace.Dispose();
        _space.Dispose();
        _outside.Dispose();
        _inside.Dispose();
    }

    /// <summary>Adds a device on the filtered side; its peer is there too.</summary>
    internal void AddDevice(string name, uint index = 0) => Ip($"link add name {name} {(index == 0 ? "" : $"index {index} ")}type veth");

    /// <summary>Runs ip(8) in the filtered device's network namespace.</summary>
    internal void Ip(string arguments) => _inside.Ip(arguments);
}
