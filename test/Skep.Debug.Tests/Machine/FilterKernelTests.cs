using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Live;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;
using Skep.Filter;
using Skep.Filter.Check;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Syntax;
using Skep.Inventory.Code;
using Skep.Inventory.Machine;
using Skep.Linux.Kernel;
using Skep.Packets.Building;

namespace Skep.Debug.Tests.Machine;

/// <summary>Filters that Skep compiles decide the same in a machine, with copies of the kernel's maps, as in the kernel.</summary>
[Trait("level", "kernel")]
public sealed class FilterKernelTests
{
    private const int Packets = 20_000;

    [Fact]
    public void Rules_with_sets_and_rewrites_decide_the_same() => Compare(
        """
        table t {
            set nets { type ipv4_addr; flags interval; elements = { 10.0.0.0/24, 0.0.0.0-9.255.255.255, 192.0.2.20 } }
            set nets6 { type ipv6_addr; elements = { 2001:db8::1, fe80::1 } }
            set ports { type inet_service; flags interval; elements = { 0, 22, 80-1023, 65535 } }
            set pairs { type ipv4_addr . inet_service; elements = { 10.0.0.1 . 53, 10.0.0.2 . 80 } }
            ip saddr @nets tcp dport { 22, 80 } ip ttl set 64 pass
            ip saddr @nets ip daddr set 192.0.2.1 continue
            ip daddr . udp dport @pairs drop
            ip6 saddr @nets6 swap ip6 tx
            tcp sport @ports drop
            ip dscp ef ip dscp set cs7 tcp dport set 1 pass
            udp sport != 53 swap ether,ip,udp tx
            ip frag first drop
            ether type arp drop
            vlan id 100 vlan pcp set 3 pass
            icmpv6 code 0 drop
        }
        """,
        [.. PacketGenerator.Mixed(2000).Select(PacketBuilder.Build)]);

    [Theory]
    [InlineData(ListShape.AccessList, 800)]
    [InlineData(ListShape.Firewall, 800)]
    [InlineData(ListShape.Mixed, 300)]
    public void Long_lists_decide_the_same(ListShape shape, int count)
    {
        ListedRule[] rules = new ListGenerator(count).Make(shape, count);
        var random = new Random(count);
        Compare(ListGenerator.Table(rules), [.. Enumerable.Range(0, 2000).Select(_ => ListPackets.For(rules[random.Next(count)], random))]);
    }

    private static void Compare(string text, byte[][] packets)
    {
        Requires.Root();
        RuleFile file = RuleFile.Read(new SourceText("test.skep", text), _ => new FeedText(""));
        Assert.True(file.Table is not null, string.Join('\n', file.Diagnostics.Select(DiagnosticFormatter.Format)));
        using LoadedFilter loaded = LoadedFilter.Load(FilterCompiler.Compile(file.Table), "machine", LoadedFilter.Now, _ => 1);
        MapDefinition[] maps = [.. loaded.Maps.Select(map => LiveMaps.DefinitionOf(map.Info))];
        BpfMachine machine = Machine(loaded, ProgramImage.Of("filter", BpfProgramType.Xdp, loaded.Filter.Instructions, maps));
        BpfMachine translated = Machine(loaded, ProgramImage.Of(LoadedCodeReader.Read(loaded.Program, new MachineSnapshot().Kernel)));
        var random = new Random(1);
        var left = new byte[4096];
        long steps = 0;
        for (int i = 0; i < Packets; i++)
        {
            byte[] packet = [.. packets[random.Next(packets.Length)]];
            if (random.Next(3) == 0) packet[random.Next(packet.Length)] ^= (byte)(1 << random.Next(8));
            if (random.Next(10) == 0) packet = packet[..random.Next(14, packet.Length + 1)];
            BpfRunResult kernel = loaded.Program.Run(new BpfRun { Data = packet, DataOut = left });
            machine.Start(new MachineInput { Packet = packet });
            Assert.True(machine.Run(1_000_000) == MachineStatus.Finished, $"packet {i}: {machine.Fault}");
            steps += machine.Steps;
            translated.Start(new MachineInput { Packet = packet });
            Assert.True(translated.Run(1_000_000) == MachineStatus.Finished, $"packet {i}: translated code: {translated.Fault}");
            Assert.Equal(kernel.ReturnValue, translated.ReturnValue);
            Assert.True(left.AsSpan(0, kernel.DataLength).SequenceEqual(translated.PacketOutput()));
            if (machine.ReturnValue != kernel.ReturnValue || !left.AsSpan(0, kernel.DataLength).SequenceEqual(machine.PacketOutput()))
                Assert.Fail($"packet {i}: returns {machine.ReturnValue}, the kernel {kernel.ReturnValue}\n{Convert.ToHexString(packet)}\n"
                    + $"{Convert.ToHexString(machine.PacketOutput())}, the kernel's\n"
                    + Convert.ToHexString(left.AsSpan(0, kernel.DataLength)));
        }

        Assert.True(steps > 10L * Packets);
        Counter[] counted = loaded.ReadRules();
        Assert.Contains(counted, counter => counter.Packets > 0);
        for (int i = 0; i < maps.Length; i++)
            if (maps[i].Type == BpfMapType.PercpuArray) Assert.Equal(Sums(loaded.Maps[i]), Sums(machine, i));
    }

    private static BpfMachine Machine(LoadedFilter loaded, ProgramImage image)
    {
        var machine = new BpfMachine([image], new MachineOptions { Cpus = PossibleCpus.Count, Time = LoadedFilter.Now });
        var copies = new LiveMaps(machine);
        foreach (MachineMap map in machine.Maps.ToArray())
            copies.Copy(loaded.Maps.Single(from => from.Info.Id == map.Definition.Id), map);
        return machine;
    }

    // Of 64-bit counters on all CPUs, by key.
    private static Dictionary<string, ulong[]> Sums(BpfMap map)
    {
        var sums = new Dictionary<string, ulong[]>();
        map.Scan((key, value, _) =>
        {
            sums[Convert.ToHexString(key)] = Sum(value, map.Info.PerCpuStride);
            return true;
        });
        return sums;
    }

    private static Dictionary<string, ulong[]> Sums(BpfMachine machine, int map) => machine.Maps[map].Entries().ToDictionary(
        entry => Convert.ToHexString(entry.Key), entry => Sum(entry.Value, (int)((machine.Maps[map].Definition.ValueSize + 7) & ~7u)));

    private static ulong[] Sum(ReadOnlySpan<byte> all, int stride)
    {
        var sum = new ulong[stride / 8];
        for (int at = 0; at < all.Length; at += 8) sum[at % stride / 8] += BitConverter.ToUInt64(all[at..]);
        return sum;
    }
}
