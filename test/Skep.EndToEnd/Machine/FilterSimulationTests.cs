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

    [Fact]
    public void Expectations_fail_in_the_kernel_as_in_the_reference()
    {
        string rules = _scratch.Write("edge.skep", $"table edge {{\n{Rules}\n}}\n"), expectations = _scratch.Write(
            "edge.expect",
            string.Concat(Packets.Select(one => $"in lo: {one.Packet} => {one.Verdict}\n"))
                + "udp 10.0.0.1:5 > 10.0.0.2:53 => drop by rule \"dns\"\nicmp 10.0.0.1 > 10.0.0.2 => tx by rule \"back\"\n"
                + "icmp 10.0.0.1 > 10.0.0.2 => tx rewritten icmp 10.0.0.2 > 10.0.0.1\n");
        Outcome reference = SkepBinary.Run("filter", "test", rules, "--expect", expectations);
        Assert.Contains($"{expectations}:11: the verdict is pass, expected drop; decided by policy, expected by rule 3 in line ",
            reference.Output, StringComparison.Ordinal);
        Assert.Contains($"{expectations}:13: ether saddr is ", reference.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n11 passed, 2 failed\n", reference.Output, StringComparison.Ordinal);
        Assert.Equal((1, ""), (reference.Code, reference.Error));
        Assert.Equal(reference, SkepBinary.Run("filter", "test", rules, "--expect", expectations, "--kernel"));

        // What the kernel cannot run is named with its place.
        File.WriteAllText(expectations, "udp 10.0.0.1:5 > 10.0.0.2:9 payload 8000 => pass\n");
        Outcome large = SkepBinary.Run("filter", "test", rules, "--expect", expectations, "--kernel");
        Assert.Equal(1, large.Code);
        Assert.StartsWith($"skep: error: {expectations}:1: running a packet of 8042 bytes in the kernel: it takes 14 to 3520", large.Error,
            StringComparison.Ordinal);
    }

    private string Test(params string[] options) => FilterMachine.Succeed(
        ["filter", "test", _scratch.Write("edge.skep", $"table edge {{\n{Rules}\n}}\n"), "-j", .. options,
            .. Packets.SelectMany(one => (string[])["--packet", one.Packet])]);
}
