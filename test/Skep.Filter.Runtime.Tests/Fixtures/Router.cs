using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Skep.Linux.Network;
using Skep.Packets.Building;
using Skep.Packets.Captures;

namespace Skep.Filter.Runtime.Tests.Fixtures;

/// <summary>
/// A client (10.80.0.1, fd80::1), a router and a server (10.80.1.1, fd81::1) in network namespaces of their own: c0 - r0, r1 - s0.
/// Neighbours are
/// known without being asked. The server's device polls, so that it can be redirected to. Removed when disposed.
/// </summary>
internal sealed class Router : IDisposable
{
    internal const string Sender = "52:54:00:80:00:09", Client = "52:54:00:80:00:01", Ingress = "52:54:00:80:00:02",
        Egress = "52:54:00:80:00:03",
        Server = "52:54:00:80:00:04";

    private const int LastPort = 9999;

    private readonly TestNamespace _client = new(), _router = new(), _server = new();
    private readonly NetworkNamespace[] _spaces;
    private readonly LinkSocket _sender;

    internal Router()
    {
        _client.Ip($"link add c0 address {Client} type veth peer name r0 address {Ingress} netns {Name}");
        Ip($"link add r1 address {Egress} type veth peer name s0 address {Server} netns {ServerName}");
        Sysctl("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.r0.rp_filter=0");
        SetUp(_client, "c0", "10.80.0.1/24", "fd80::1/64");
        SetUp(_router, "r0", "10.80.0.2/24", "fd80::2/64");
        SetUp(_router, "r1", "10.80.1.2/24", "fd81::2/64");
        SetUp(_server, "s0", "10.80.1.1/24", "fd81::1/64");
        foreach (string address in (string[])["10.80.0.1", "fd80::1"]) Ip($"neigh replace {address} lladdr {Client} dev r0");
        foreach (string address in (string[])["10.80.1.1", "fd81::1"]) Ip($"neigh replace {address} lladdr {Server} dev r1");
        SetPolling(true);
        _spaces = [.. new[] { _client, _router, _server }.Select(space => NetworkNamespace.Open(space.Name))];
        _sender = _spaces[0].Run(() => new LinkSocket("c0"));
    }

    /// <summary>The router's namespace.</summary>
    internal string Name => _router.Name;

    internal string ServerName => _server.Name;

    /// <summary>Runs ip(8) in the router's namespace.</summary>
    internal void Ip(string words) => _router.Ip(words);

    /// <summary>Sets variables of sysctl(8) in the router's namespace.</summary>
    internal void Sysctl(params string[] settings) => _router.Sysctl(settings);

    /// <summary>Switches the server's device between interrupts and polling.</summary>
    internal void SetPolling(bool polls) => Tool.Run("ip", "netns", "exec", ServerName, "ethtool", "-K", "s0", "gro", polls ? "on" : "off");

    internal void Send(byte[] frame) => _sender.Send(frame);

    /// <summary>A frame from the client's side to the router, by an address that the kernel's own frames do not have.</summary>
    internal static byte[] Frame(string text) => Frame(text, Ingress);

    private static byte[] Frame(string text, string to)
    {
        Assert.True(PacketText.TryParse($"{text} ether {Sender} > {to}", out var spec, out var error), error);
        return PacketBuilder.Build(spec);
    }

    /// <summary>A socket of the server.</summary>
    internal Socket Receiver(int port) => _spaces[2].Run(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 3000 };
        socket.Bind(new IPEndPoint(IPAddress.Any, port));
        return socket;
    });

    /// <summary>Sends frames; what of them comes in at the server by tcpdump, as hexadecimal text, in order of the text.</summary>
    internal List<string> Through(IEnumerable<byte[]> frames, string to = Ingress)
    {
        using var scratch = new Scratch();
        var path = scratch.File("frames");
        string[] capture =
        [
            "tcpdump", "-i", "s0", "-Q", "in", "-U", "--immediate-mode", "-Z", "root", "-w", path, "ip or (ip6 and not ip6 multicast)"
        ];
        using var tcpdump = Tool.Start("ip", ["netns", "exec", ServerName, .. capture]);
        try
        {
            while (tcpdump.StandardError.ReadLine() is { } line && !line.Contains("listening on", StringComparison.Ordinal)) { }
            foreach (var burst in frames.Chunk(32))
            {
                // A veth queues 256 frames (drivers/net/veth.c, VETH_RING_SIZE), and this machine may be slow to take them.
                foreach (var frame in burst) Send(frame);
                Thread.Sleep(50);
            }
            Send(Frame($"udp [fd80::1]:1 > [fd81::1]:{LastPort}", to));
            var limit = Stopwatch.StartNew();
            List<byte[]> seen;
            do
            {
                Thread.Sleep(100);
                seen = Read(path);
            }
            while (!seen.Exists(IsLast) && limit.Elapsed < TimeSpan.FromSeconds(20));
            Assert.Contains(seen, IsLast);
            Thread.Sleep(200);
            return [.. Read(path).Where(f => !IsLast(f)).Select(Convert.ToHexString).Order(StringComparer.Ordinal)];
        }
        finally
        {
            tcpdump.Kill();
            tcpdump.WaitForExit();
        }
    }

    public void Dispose()
    {
        _sender.Dispose();
        foreach (var space in _spaces) space.Dispose();
        foreach (TestNamespace space in (TestNamespace[])[_client, _router, _server]) space.Dispose();
    }

    private static void SetUp(TestNamespace space, string device, string four, string six)
    {
        space.Ip($"link set {device} addrgenmode none");
        space.Ip($"addr add {four} dev {device}");
        space.Ip($"addr add {six} dev {device} nodad");
        space.Ip($"link set {device} up");
    }

    private static bool IsLast(byte[] frame) => frame.Length > 58 && frame[56] == LastPort >> 8 && frame[57] == (LastPort & 255);

    // tcpdump writes meanwhile: the last packet may be half there.
    private static List<byte[]> Read(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var reader = CaptureReader.Open(stream);
        var frames = new List<byte[]>();
        while (reader.Next() is { } packet) frames.Add(packet.Bytes);
        return frames;
    }
}
