using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary><c>skep filter test</c>: the reference and the kernel decide alike.</summary>
[Trait("level", "machine")]
public sealed class FilterSimulationTests : IDisposable
{
    private const string Rules = FilterMachine.Rules + """

        ip6 saddr 2001:db8::/32 tcp dport != 443 drop
        tcp flags & (syn|fin) == syn|fin drop
        meta length > 1000 drop
        udp dport 4789 redirect xsk
        ip daddr 198.51.100.0/24 redirect fib
        """;

    private static readonly (string Packet, string Verdict)[] Packets =
    [
        ("udp 10.0.0.1:5 > 10.0.0.2:53", "pass"), ("udp 198.51.100.7:5 > 10.0.0.2:53", "drop"), ("tcp 10.0.0.1:5 > 10.0.0.2:22", "drop"),
        ("tcp 10.0.0.1:5 > 10.0.0.2:23", "pass"), ("icmp 10.0.0.1 > 10.0.0.2", "tx"), ("udp 10.0.0.1:5 > 10.0.0.2:6000", "redirect cpu 1"),
        ("tcp [2001:db8::1]:5 > [2001:db8::2]:80", "drop"), ("udp 10.0.0.1:5 > 10.0.0.2:4789", "redirect xsk"),
        ("udp 10.0.0.1:5 > 10.0.0.2:7", "redirect w0"), ("udp 10.0.0.1:5 > 198.51.100.2:9", "redirect fib"),
    ];

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void The_reference_decides_each_packet() => Assert.Equal(
        Packets.Select(one => one.Verdict),
        Test().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Json.Parse(line).Text("verdict")));

    [Fact]
    public void The_kernel_decides_as_the_reference() => Assert.Equal(Test(), Test("--kernel"));

    private string Test(params string[] options) => FilterMachine.Succeed(
        ["filter", "test", _scratch.Write("edge.skep", $"table edge {{\n{Rules}\n}}\n"), "-j", .. options,
            .. Packets.SelectMany(one => (string[])["--packet", one.Packet])]);
}
