using Skep.Filter.Model;
using Skep.Filter.Runtime.Simulate;
using Skep.Filter.Simulate;
using Skep.Packets.Building;
using Skep.Packets.Captures;
using Skep.Packets.Headers;

namespace Skep.Filter.Runtime.Tests.Simulate;

/// <summary>
/// What tcpdump captures on the pseudo-device "any", and packets that it cut, decided by the reference and by the kernel.
/// </summary>
[Trait("level", "kernel")]
public sealed class CookedCaptureKernelTests
{
    [Theory]
    [InlineData("LINUX_SLL", LinkTypes.LinuxCooked)]
    [InlineData("LINUX_SLL2", LinkTypes.LinuxCooked2)]
    public void Packets_of_any_device_are_read(string name, int type)
    {
        Requires.Installed("tcpdump");
        byte[] capture = Tool.Run(
            "unshare", [], "-n", "bash", "-ec",
            "ip link add u0 type veth peer name u1; ip link set u0 up; ip link set u1 up; ip addr add 10.1.1.1/24 dev u0; "
            + "ip neigh add 10.1.1.2 lladdr 52:54:00:00:00:02 dev u0; errors=$(mktemp); "
            + $"timeout 20 tcpdump -i any -y {name} -U --immediate-mode -Z root -c 2 -w - udp port 7 2>$errors & "
            + "until grep -q 'listening on' $errors || ! kill -0 $!; do sleep 0.1; done; echo hello >/dev/udp/10.1.1.2/7; wait; rm "
            + "$errors");
        List<CapturedPacket> packets = CaptureFile.Read(capture);
        Assert.All(packets, p => Assert.Equal(type, p.LinkType));
        LinkLayer[] layers = [.. packets.Select(p => LinkLayer.Of(p)!)];
        Assert.Equal([true, false], layers.Select(l => l.IsOutgoing));
        Assert.Equal(type == LinkTypes.LinuxCooked2 ? 2 : 1, layers.Select(l => l.IfIndex).Distinct().Count());
        Assert.All(layers, layer => Assert.Equal(type == LinkTypes.LinuxCooked2, layer.IfIndex is > 1));
        Table table = Rules.Table("udp dport 7 drop");
        using var kernel = new KernelSimulator(table);
        Assert.All(layers, layer =>
        {
            Assert.Matches(@"^udp 10\.1\.1\.1:\d+ > 10\.1\.1\.2:7 length 34$", PacketText.Format(layer.Bytes, layer.Start));
            Assert.Equal("drop", new ReferenceSimulator(table).Decide(layer.Bytes, 0, layer.Start).Verdict);
            Assert.Equal("drop", kernel.Decide(layer.Bytes, 0, layer.Start).Verdict);
        });
    }

    [Fact]
    public void Lengths_are_those_on_the_wire_for_both()
    {
        Table table = Rules.Table("meta length > 1000 drop\nudp dport 9 udp dport set 10 tx");
        Assert.True(PacketText.TryParse("udp 10.0.0.1:5 > 10.0.0.2:9 payload 1200", out PacketSpec spec, out _));
        byte[] packet = PacketBuilder.Build(spec)[..64];
        using var kernel = new KernelSimulator(table);
        Assert.All((ISimulator[])[new ReferenceSimulator(table), kernel], simulator =>
        {
            Assert.Equal("drop", simulator.Decide(packet, 0, PacketStart.Ethernet, 1242).Verdict);
            Simulation whole = simulator.Decide(packet, 0, PacketStart.Ethernet, 900);
            Assert.Equal(("tx", 64), (whole.Verdict, whole.Packet.Length));
            Assert.Equal("tx", simulator.Decide(packet, 0).Verdict);
        });

        Assert.Contains(
            "takes 14 to 3520",
            Assert.Throws<InvalidDataException>(() => kernel.Decide(packet, 0, PacketStart.Ethernet, 9000)).Message,
            StringComparison.Ordinal);
    }
}
