using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Skep.Linux.Network;

namespace Skep.Filter.Tests.Load;

/// <summary>Two network namespaces with a veth pair between them: 10.77.0.1 on the sender's side, 10.77.0.2 on the filtered device's. Gone when disposed.</summary>
internal sealed class VethPair : IDisposable
{
    internal const string Device = "inner";

    private readonly string _sender = $"skep-f{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
    private readonly NetworkNamespace _senderSpace;
    private readonly NetworkNamespace _space;
    private static int s_count;

    internal VethPair()
    {
        Run($"netns add {_sender}");
        Run($"netns add {Name}");
        Run($"-n {_sender} link add outer type veth peer name {Device} netns {Name}");
        Run($"-n {_sender} addr add 10.77.0.1/24 dev outer");
        Run($"-n {Name} addr add 10.77.0.2/24 dev {Device}");
        Run($"-n {_sender} link set outer up");
        Run($"-n {Name} link set {Device} up");
        _senderSpace = NetworkNamespace.Open(_sender);
        _space = NetworkNamespace.Open(Name);
    }

    /// <summary>The namespace of the filtered device.</summary>
    internal string Name => _sender + "-in";

    /// <summary>Makes the sender's device poll, without which the other cannot send by XDP.</summary>
    internal void SetPolling() => Run($"netns exec {_sender} ethtool -K outer gro on");

    /// <summary>The namespace of the sender, whose device is <c>outer</c>.</summary>
    internal string SenderName => _sender;

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
        Run($"netns del {_sender}");
        Run($"netns del {Name}");
    }

    /// <summary>Adds a device on the filtered side; its peer is there too.</summary>
    internal void AddDevice(string name, uint index = 0) =>
        Run(["-n", Name, "link", "add", name, .. index == 0 ? (string[])[] : ["index", $"{index}"], "type", "veth"]);

    /// <summary>Runs ip(8) in the filtered device's network namespace.</summary>
    internal void Ip(string arguments) => Run(["-n", Name, .. arguments.Split(' ')]);

    /// <summary>Runs ip(8).</summary>
    internal static void Run(string arguments) => Run(arguments.Split(' '));

    private static void Run(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: {error}");
    }
}
