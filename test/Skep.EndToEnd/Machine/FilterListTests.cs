using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Long lists of rules load on this kernel, and decide as the reference.</summary>
[Trait("level", "machine")]
public sealed class FilterListTests : IDisposable
{
    private const int Packets = 60;

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(ListShape.AccessList, 3000)]
    [InlineData(ListShape.Firewall, 3000)]
    [InlineData(ListShape.Mixed, 2000)]
    [InlineData(ListShape.Crossing, 300)]
    public void The_kernel_decides_as_the_reference(ListShape shape, int count)
    {
        ListedRule[] rules = new ListGenerator(count).Make(shape, count);
        string file = _scratch.Write("list.skep", ListGenerator.Table(rules));
        var random = new Random(count);
        string[] packets = [.. Enumerable.Range(0, Packets).SelectMany(_ => (string[])["--packet", PacketFor(rules, random)])];
        string[] command = ["filter", "test", file, "-j", .. packets];
        string expected = FilterMachine.Succeed(command);
        Assert.Contains("drop", expected, StringComparison.Ordinal);
        Assert.Equal(expected, FilterMachine.Succeed([.. command, "--kernel"]));
    }

    private static string PacketFor(ListedRule[] rules, Random random)
    {
        ListedRule rule = rules[random.Next(rules.Length)];
        return $"{(rule.Protocol == 6 ? "tcp" : "udp")} {Address(rule.Source, random)}:{Near(rule.SourcePorts, random)} > "
            + $"{Address(rule.Destination, random)}:{Near(rule.DestinationPorts, random)}";
    }

    private static string Address(Span32 span, Random random) => new System.Net.IPAddress(
        System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(Near(span, random))).ToString();

    private static uint Near(Span32 span, Random random) =>
        random.Next(3) switch { 0 => span.Low, 1 => span.High, _ => (uint)random.NextInt64(span.Low, (long)span.High + 1) };
}
