using System.Buffers.Binary;
using Skep.Packets.Captures;

namespace Skep.Packets.Tests.Captures;

/// <summary>Reading a capture costs about as much as it is long.</summary>
public sealed class CaptureCostTests
{
    private static readonly byte[] Section = Block(
        0x0a0d0d0a, [0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    private static readonly byte[] Port = Block(1, [1, 0, 0, 0, 0, 0, 4, 0]);

    private static readonly Dictionary<string, (int Size, Func<int, byte[]> Make)> Shapes = new()
    {
        ["empty packets"] = (20000, n => [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, .. new byte[8], 0, 0, 4, 0, 1, 0, 0, 0, .. new byte[16 * n]]),
        ["interfaces"] = (5000, n => [.. Section, .. Many(n, Port), .. Many(n, Packet(0))]),
        ["sections"] = (5000, n => Many(n, [.. Section, .. Port, .. Packet(0)])),
        ["options"] = (20000, n => [.. Section, .. Block(1, [1, 0, 0, 0, 0, 0, 4, 0, .. Many(n, [1, 0, 0, 0])]), .. Packet(0)]),
        ["comments"] = (10000, n => [.. Section, .. Port, .. Block(6, [.. new byte[20], .. Many(n, [1, 0, 4, 0, 65, 65, 65, 65])])]),
        ["unknown blocks"] = (20000, n => [.. Section, .. Many(n, Block(99, []))]),
    };

    public static TheoryData<string> Names => [.. Shapes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Capture(string shape) => Growth.AssertAboutLinear(Shapes[shape].Size, Shapes[shape].Make, bytes =>
    {
        var reader = CaptureReader.Open(new MemoryStream(bytes));
        while (reader.Next() is not null) { }
    });

    [Theory]
    [InlineData(0x100001u)]
    [InlineData(0x7fffffffu)]
    [InlineData(0xffffffffu)]
    public void A_length_that_no_packet_has_takes_no_memory(uint length)
    {
        byte[] bytes = [0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, .. new byte[8], 0, 0, 4, 0, 1, 0, 0, 0, .. new byte[16]];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(32), length);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var reader = CaptureReader.Open(new MemoryStream(bytes));
        Assert.Null(reader.Next());
        Assert.Contains($"a packet of {length} bytes", reader.Error, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static byte[] Packet(int port) => Block(6, [(byte)port, 0, 0, 0, .. new byte[16]]);

    private static byte[] Block(uint type, byte[] body)
    {
        var block = new byte[body.Length + 12];
        BinaryPrimitives.WriteUInt32LittleEndian(block, type);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4), (uint)block.Length);
        body.CopyTo(block, 8);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(block.Length - 4), (uint)block.Length);
        return block;
    }

    private static byte[] Many(int n, byte[] one)
    {
        var all = new byte[n * one.Length];
        for (var i = 0; i < n; i++) one.CopyTo(all, i * one.Length);
        return all;
    }
}
