using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Programs;
using Skep.Linux.Errors;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Programs;

/// <summary>Packets of several buffers: the header rule, the length, and the bytes behind the first buffer.</summary>
[Trait("level", "kernel")]
public sealed class MultiBufferKernelTests
{
    private const int FirstPage = 3520;

    [Theory]
    [InlineData(3520, true)]
    [InlineData(3521, true)]
    [InlineData(9014, true)]
    [InlineData(60000, true)]
    [InlineData(3521, false)]
    [InlineData(60000, false)]
    public void The_length_is_that_of_all_buffers(int bytes, bool withFlags)
    {
        using var loaded = Load(withFlags, $"meta length {bytes} udp dport 53 ip daddr set 192.0.2.9 udp sport set 7 tx");
        var packet = Jumbo(bytes);
        var expected = packet.ToArray();
        var decision = new Evaluator(loaded.Filter.Plan.Table, () => 0).Decide(expected, 0, FirstPage);
        var output = new byte[bytes];
        var result = loaded.Program.Run(new BpfRun { Data = packet, DataOut = output });
        Assert.Equal((3u, bytes, 0), (result.ReturnValue, result.DataLength, decision.Rule));
        Assert.Equal(expected, output);
        Assert.Equal(new Counter(1, (ulong)bytes), loaded.ReadRules()[0]);
    }

    /// <summary>Each packet with each length of the first buffer: xdp_md.data_end says how long it is (Linux 6.18).</summary>
    [Theory]
    [InlineData("malformed drop\nudp dport 53 tx\nip6 frag none tx\nip saddr 0.0.0.0/0 tx")]
    [InlineData("udp dport != 9 tx\ntcp dport != 9 tx\nmeta l4proto 0-255 ip ttl != 9 drop\nip6 hoplimit != 9 drop\nvlan id != 9 tx")]
    [InlineData("ip saddr set 10.9.9.9 continue\nip6 daddr set ::9 continue\nmalformed pass\nicmp type != 99 drop\nsctp dport != 9 tx")]
    public void A_header_behind_the_first_buffer_is_malformed(string rules)
    {
        using var loaded = Load(withFlags: rules[0] == 'm', rules);
        foreach (var spec in PacketGenerator.Mixed(60))
        {
            var packet = PacketBuilder.Build(spec);
            for (var first = 14; first <= Math.Min(packet.Length, 150); first++)
            {
                var expected = packet.ToArray();
                var decision = new Evaluator(loaded.Filter.Plan.Table, () => 0).Decide(expected, 0, first);
                var context = new byte[24];
                BinaryPrimitives.WriteInt32LittleEndian(context.AsSpan(4), first);
                var output = new byte[packet.Length];
                BpfRunResult result;
                try
                {
                    result = loaded.Program.Run(new BpfRun { Data = packet, DataOut = output, Context = context });
                }
                catch (KernelException e) when (e.Error.Name == "EINVAL")
                {
                    Assert.Skip("the machine cannot: its kernel gives the first buffer a whole page (Linux 6.18 has xdp_md.data_end)");
                    throw;
                }
                var want = decision.Verdict.Kind switch { VerdictKind.Drop => 1u, VerdictKind.Tx => 3u, _ => 2u };
                if (result.ReturnValue != want || !output.AsSpan().SequenceEqual(expected))
                    Assert.Fail(
                        $"first buffer of {first} bytes: action {result.ReturnValue}, expected {want} by rule {decision.Rule}, malformed "
                        + $"'{decision.Headers.Malformed}'\n{PacketText.Format(packet)}\npacket   {Convert.ToHexString(packet)}\nexpected "
                        + $"{Convert.ToHexString(expected)}\nis       {Convert.ToHexString(output)}");
            }
        }
    }

    [Fact]
    public void A_program_for_one_buffer_decides_alike()
    {
        var table = Rules.Table("udp dport 53 drop\nmeta length > 100 tx");
        var now = LoadedFilter.Now;
        var compiled = FilterCompiler.Compile(FilterPlan.Of(table, 2, hasFrags: false), [0, 1]);
        using var loaded = LoadedFilter.Load(compiled, "one", now, _ => 1);
        foreach (var spec in PacketGenerator.Mixed(300))
        {
            var packet = PacketBuilder.Build(spec);
            var want = new Evaluator(table, () => 0)
                .Decide(packet.ToArray(), 0).Verdict.Kind switch
            { VerdictKind.Drop => 1u, VerdictKind.Tx => 3u, _ => 2u };
            Assert.Equal(want, loaded.Program.Run(new BpfRun { Data = packet }).ReturnValue);
        }
    }

    private static byte[] Jumbo(int bytes)
    {
        Assert.True(PacketText.TryParse("udp 10.0.0.1:1 > 10.0.0.2:53", out var spec, out _));
        var packet = PacketBuilder.Build(spec with { PayloadLength = (ushort)(bytes - 42) });
        Assert.Equal(bytes, packet.Length);
        return packet;
    }

    /// <param name="withFlags">Whether the program reads whether there are several buffers, or asks for the length by a call.</param>
    /// <param name="rules">The rules.</param>
    private static LoadedFilter Load(bool withFlags, string rules)
    {
        var flags = withFlags ? BufferFlagsProbe.Find(new()) : null;
        Assert.SkipUnless(
            flags is not null || !withFlags, "the machine cannot: its kernel has no bpf_cast_to_kern_ctx (Linux 6.2) or no BTF");
        var table = Rules.Table(rules);
        return LoadedFilter.Load(
            FilterCompiler.Compile(FilterPlan.Of(table, table.Rules.Count, flags: flags), [.. Enumerable.Range(0, table.Rules.Count)]),
            "frags", LoadedFilter.Now, _ => 1);
    }
}
