using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Skep.Bpf;
using Skep.Debug.Machine.Live;
using Skep.Debug.Machine.State;
using Skep.Isa;
using Skep.Linux.Network;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>A machine that asks the kernel finds the routes, MTUs and sockets that a program in the kernel finds.</summary>
[Trait("level", "kernel")]
public sealed class RouteKernelTests
{
    // struct bpf_fib_lookup, from 32 of the input on; it is copied to 32 of the output.
    private const int Family = 0, Length = 6, IfIndex = 8, Source = 16, Destination = 32, FibBytes = 64, At = 32;
    private const int Runs = 400;
    private const byte Inet = 2, Inet6 = 10;

    [Theory]
    [InlineData(BpfProgramType.Xdp)]
    [InlineData(BpfProgramType.SchedCls)]
    public void Routes_are_those_of_the_kernel(BpfProgramType type)
    {
        using TestNetwork network = Create();
        uint device = (uint)network.IfIndex;
        var results = new HashSet<int>();
        Run(network, type, code =>
        {
            for (short at = 0; at < FibBytes; at += 8)
                code.Load(MemorySize.Double, R1, R7, (short)(At + at)).Store(MemorySize.Double, R8, (short)(At + at), R1);
            code.Mov(R1, R6).Mov(R2, R8).Add(R2, At).Mov(R3, FibBytes).Give(R4, 0).Call("bpf_fib_lookup");
        },
        random =>
        {
            byte[] input = CallProgram.Input((ulong)(random.Next(4) switch { 0 => 1, 1 => 2, 2 => random.Next(256), _ => 0 }));
            Span<byte> lookup = input.AsSpan(At);
            bool isIp6 = random.Next(3) == 0;
            lookup[Family] = random.Next(20) == 0 ? (byte)7 : isIp6 ? Inet6 : Inet;
            BinaryPrimitives.WriteUInt16LittleEndian(lookup[Length..], (ushort)(random.Next(3) * 1100));
            BinaryPrimitives.WriteUInt32LittleEndian(lookup[IfIndex..], random.Next(10) == 0 ? 9999 : random.Next(4) == 0 ? 1 : device);
            if (isIp6)
            {
                Ip6(1, lookup[Source..]);
                Ip6(random.Next(5), lookup[Destination..]);
            }
            else
            {
                ((ReadOnlySpan<byte>)[10, 0, 0, 1]).CopyTo(lookup[Source..]);
                lookup[Destination] = 10;
                lookup[Destination + 1] = (byte)random.Next(7);
                lookup[Destination + 3] = (byte)random.Next(1, 4);
            }

            return input;
        },
        output => results.Add(BinaryPrimitives.ReadInt32LittleEndian(output)));

        // Found, blackhole, unreachable, prohibit, no neighbour.
        foreach (int result in (int[])[0, 1, 2, 3, 7]) Assert.Contains(result, results);
    }

    [Theory]
    [InlineData(BpfProgramType.Xdp)]
    [InlineData(BpfProgramType.SchedCls)]
    public void Lengths_are_checked_by_the_kernel(BpfProgramType type)
    {
        using TestNetwork network = Create();
        uint device = (uint)network.IfIndex;
        var results = new HashSet<int>();
        Run(network, type, code => code.Load(MemorySize.Double, R1, R7, 24).Store(MemorySize.Double, R8, At, R1)
            .Mov(R1, R6).Give(R2, 0).Mov(R3, R8).Add(R3, At).Give(R4, 1).Give(R5, 2).Call("bpf_check_mtu"),
        random => CallProgram.Input(
            random.Next(6) switch { 0 => 0, 1 => 9999, 2 => 1, _ => device }, (ulong)random.Next(-100, 1600),
            random.Next(10) == 0 ? (ulong)random.Next(4) : 0, random.Next(2) == 0 ? 0 : (ulong)random.Next(1200)),
        output => results.Add(BinaryPrimitives.ReadInt32LittleEndian(output)));
        foreach (int result in (int[])[0, 1, -19, -22]) Assert.Contains(result, results);
    }

    [Theory]
    [InlineData(BpfProgramType.Xdp, "bpf_sk_lookup_tcp")]
    [InlineData(BpfProgramType.SchedCls, "bpf_sk_lookup_tcp")]
    [InlineData(BpfProgramType.SchedCls, "bpf_skc_lookup_tcp")]
    [InlineData(BpfProgramType.SchedCls, "bpf_sk_lookup_udp")]
    public void Sockets_are_those_of_the_kernel(BpfProgramType type, string call)
    {
        using TestNetwork network = Create();
        var found = new HashSet<long>();
        using Socket listener = NetworkNamespace.RunIn(network.Name, () => Bound(SocketType.Stream, ProtocolType.Tcp)),
            datagrams = NetworkNamespace.RunIn(network.Name, () => Bound(SocketType.Dgram, ProtocolType.Udp));
        listener.Listen();
        Run(network, type, code =>
        {
            Label none = code.DefineLabel();
            code.Mov(R1, R6).Mov(R2, R7).Add(R2, At).Mov(R3, 12).Give(R4, 0).Give(R5, 1).Call(call)
                .JumpIf(Condition.Equal, R0, 0, none).Mov(R9, R0);
            short[] full = call == "bpf_skc_lookup_tcp" ? [] : [8, 12, 16, 20];
            foreach (short field in (short[])[0, 4, .. full, 24, 44, 52, 72, 76])
                code.Load(MemorySize.Word, R1, R9, field).Store(MemorySize.Word, R8, (short)(At + field), R1);
            code.Load(MemorySize.Half, R1, R9, 48).Store(MemorySize.Half, R8, At + 48, R1)
                .Mov(R1, R9).Call("bpf_sk_release").Mov(R0, 7).Bind(none);
        },
        random =>
        {
            byte[] input = CallProgram.Input(
                random.Next(4) == 0 ? 9999 : ulong.MaxValue, random.Next(8) == 0 ? 1UL : 0);
            Span<byte> tuple = input.AsSpan(At);
            ((ReadOnlySpan<byte>)[127, 0, 0, 1]).CopyTo(tuple);
            ((ReadOnlySpan<byte>)[127, 0, 0, 1]).CopyTo(tuple[4..]);
            BinaryPrimitives.WriteUInt16BigEndian(tuple[8..], 5000);
            BinaryPrimitives.WriteUInt16BigEndian(tuple[10..], (ushort)(random.Next(3) == 0 ? 4001 : 4000));
            return input;
        },
        output => found.Add(BinaryPrimitives.ReadInt64LittleEndian(output)));
        Assert.Equal([0, 7], found.Order());
    }

    private static Socket Bound(SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 4000));
        return socket;
    }

    private static void Run(
        TestNetwork network, BpfProgramType type, Action<Assembler> call, Func<Random, byte[]> next, Action<byte[]> finished) =>
        NetworkNamespace.RunIn(network.Name, () =>
        {
            using var pair = new KernelPair(
                type, CallProgram.Make(code => call(code)), new MachineOptions { Kernel = new KernelLookup() }, CallProgram.Own);
            var random = new Random(1);
            for (int i = 0; i < Runs; i++)
            {
                byte[] input = next(random), packet = CallProgram.Packet(random);
                pair.Set(0, new byte[4], input);
                pair.Set(1, new byte[4], new byte[CallProgram.OutputBytes]);
                string? difference = pair.Run(packet) ?? pair.CompareMaps();
                if (difference is not null) Assert.Fail($"run {i}: {difference}\ninput {Convert.ToHexString(input)}\n{pair.Listing()}");
                finished(pair.Machine.Maps[1].Get(new byte[4])!);
            }

            return Runs;
        });

    // Neighbours that are known and not, routes that lead nowhere, and one with a smaller MTU.
    private static TestNetwork Create()
    {
        var network = new TestNetwork();
        try
        {
            Configure(network);
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    private static void Configure(TestNetwork network)
    {
        foreach (string words in (string[])
        [
            "link set lo up", "link set v0 up mtu 1300", "link set v1 up", "addr add 10.0.0.1/24 dev v0",
            "addr add fd00::1/64 dev v0 nodad",
            "neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0", "neigh add fd00::2 lladdr 02:00:00:00:00:02 dev v0",
            "route add 10.1.0.0/16 via 10.0.0.2", "route add blackhole 10.2.0.0/16", "route add unreachable 10.3.0.0/16",
            "route add prohibit 10.4.0.0/16", "route add 10.5.0.0/16 via 10.0.0.2 mtu lock 700", "route add fd01::/64 via fd00::2",
            "route add blackhole fd02::/64", "route add prohibit fd03::/64",
        ])
            network.Ip(words);
        Tool.Run(
            "ip", "netns", "exec", network.Name, "sysctl", "-qw", "net.ipv4.conf.all.forwarding=1", "net.ipv6.conf.all.forwarding=1");
    }

    private static void Ip6(int number, Span<byte> address)
    {
        (address[0], address[1], address[15]) = (0xfd, (byte)(number - 1), 2);
        if (number == 1) address[15] = 1;
    }
}
