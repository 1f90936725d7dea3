using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Log;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Linux.Time;
using Skep.Packets.Building;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Tests.Log;

/// <summary>Compiled logging under BPF_PROG_RUN.</summary>
[Trait("level", "kernel")]
public sealed class LogKernelTests
{
    [Fact]
    public void A_record_has_the_first_bytes_of_a_packet_of_any_length()
    {
        using var loaded = Load("log drop", out var table);
        using var tap = new LogTap(loaded);
        for (var length = 14; length < 600; length++)
        {
            var packet = new byte[length];
            Random.Shared.NextBytes(packet);
            Assert.Equal(1u, loaded.Program.Run(new BpfRun { Data = packet }).ReturnValue);
            var record = Assert.Single(tap.Take());
            Assert.Equal(packet[..Math.Min(length, 256)], record.Bytes);
            Assert.Equal(length, record.Length);
            Assert.Equal(LogLayout.KeyOf(table.Rules[0]), record.Rule);
        }
    }

    [Fact]
    public void A_record_has_device_queue_and_time()
    {
        using var loaded = Load("log pass", out _);
        using var tap = new LogTap(loaded);

        // struct xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex. The loopback device has queue 0 only.
        var packet = Packet("udp 10.0.0.1:1 > 10.0.0.2:53");
        var context = new byte[24];
        BinaryPrimitives.WriteInt32LittleEndian(context.AsSpan(4), packet.Length);
        BinaryPrimitives.WriteInt32LittleEndian(context.AsSpan(12), 1);
        var before = BootNow();
        loaded.Program.Run(new BpfRun { Data = packet, Context = context });
        var record = Assert.Single(tap.Take());
        Assert.Equal((1u, 0u), (record.IfIndex, record.Queue));
        Assert.InRange((long)record.Time, before, BootNow());
    }

    [Fact]
    public void The_packet_is_logged_as_it_is_at_the_statement()
    {
        using var loaded = Load("log ip ttl set 9 log udp dport set 5 tx", out _);
        using var tap = new LogTap(loaded);
        loaded.Program.Run(new BpfRun { Data = Packet("udp 10.0.0.1:1 > 10.0.0.2:53 ttl 64") });
        var logged = tap.Take();
        Assert.Equal([64, 9], logged.Select(r => (int)r.Bytes[22]));
        Assert.All(logged, r => Assert.Equal(53, r.Bytes[37]));
    }

    [Fact]
    public void Rules_log_with_their_own_key_and_only_packets_that_they_hit()
    {
        using var loaded = Load(
            "udp dport 1-10 log continue\nudp dport 2-10 log comment \"second\"\nudp dport 3 log drop\nlog sample 1/1 pass", out var table);
        using var tap = new LogTap(loaded);
        for (var port = 1; port <= 3; port++) loaded.Program.Run(new BpfRun { Data = Packet($"udp 10.0.0.1:1 > 10.0.0.2:{port}") });
        var keys = table.Rules.Select(LogLayout.KeyOf).ToList();
        Assert.Equal([0, 3, 0, 1, 3, 0, 1, 2], tap.Take().Select(r => keys.IndexOf(r.Rule)));
    }

    [Fact]
    public void Without_a_follower_nothing_is_sent_or_counted()
    {
        using var loaded = Load("log drop", out _);
        new LogTap(loaded).Dispose();
        Assert.Equal(1u, loaded.Program.Run(new BpfRun { Data = Packet("udp 10.0.0.1:1 > 10.0.0.2:53") }).ReturnValue);
        using var tap = new LogTap(loaded);
        Assert.Empty(tap.Take());
        Assert.Equal(default, tap.Count);
    }

    [Fact]
    public void What_the_ring_cannot_hold_is_counted_and_the_packets_are_decided()
    {
        using var loaded = Load("log drop", out _);
        using var tap = new LogTap(loaded);
        var packet = Packet("udp 10.0.0.1:1 > 10.0.0.2:53 payload 1000");
        const int runs = 20_000;
        Assert.Equal(1u, loaded.Program.Run(new BpfRun { Data = packet, Repeat = runs }).ReturnValue);
        var count = tap.Count;
        Assert.True(count.Lost > 0);
        Assert.Equal((ulong)runs, count.Sent + count.Lost);
        Assert.Equal((ulong)tap.Take().Count, count.Sent);
        Assert.Equal((ulong)runs, loaded.ReadRules()[0].Packets);
    }

    /// <summary>Chance is right to within six standard deviations: a right program fails once in 500 million runs.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(1000)]
    public void One_in_so_many_is_sampled(int oneIn)
    {
        using var loaded = Load($"log sample 1/{oneIn} drop", out _);
        using var tap = new LogTap(loaded);
        const int rounds = 20, runs = 10_000;
        for (var i = 0; i < rounds; i++)
        {
            loaded.Program.Run(new BpfRun { Data = Packet("udp 10.0.0.1:1 > 10.0.0.2:53"), Repeat = runs });
            tap.Take();
        }
        var share = 1.0 / oneIn;
        var deviation = Math.Sqrt(rounds * runs * share * (1 - share));
        Assert.InRange(
            tap.Count.Sent + tap.Count.Lost, (rounds * runs * share) - (6 * deviation), (rounds * runs * share) + (6 * deviation));
        Assert.Equal((ulong)(rounds * runs), loaded.ReadRules()[0].Packets);
    }

    [Fact]
    public void The_least_share_is_no_packet_in_practice()
    {
        using var loaded = Load("log sample 1/4294967295 drop", out _);
        using var tap = new LogTap(loaded);
        loaded.Program.Run(new BpfRun { Data = Packet("udp 10.0.0.1:1 > 10.0.0.2:53"), Repeat = 1000 });
        Assert.InRange(tap.Count.Sent, 0ul, 1ul);
    }

    [Fact]
    public void Three_hundred_rules_that_log_and_read_every_field_load()
    {
        var fields = FieldInfo.All.Select(
            f =>
                f.Field == Field.TcpFlags ? "tcp flags == syn" : $"{f.Name} {ValueText.Format(0, f.Type)}").Select(m =>
                    $"{m} log continue");
        var ports = Enumerable.Range(1, 300).Select(i => $"udp dport {i} log sample 1/{i} drop");
        using var loaded = Load(string.Join('\n', fields.Concat(ports)), out _);
        using var tap = new LogTap(loaded);
        loaded.Program.Run(new BpfRun { Data = Packet("udp 10.0.0.1:1 > 10.0.0.2:1") });

        // A packet of class 0 that is no fragment, and its port.
        Assert.Equal(3, tap.Take().Count);
    }

    private static long BootNow() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100 - Clocks.BootUnixNanoseconds();

    private static byte[] Packet(string text) =>
        PacketText.TryParse(text, out var spec, out var error) ? PacketBuilder.Build(spec) : throw new ArgumentException(error);

    private static LoadedFilter Load(string rules, out Table table)
    {
        var now = LoadedFilter.Now;
        return LoadedFilter.Load(FilterCompiler.Compile(table = Rules.Table(rules)), "log", now, _ => 1);
    }
}
