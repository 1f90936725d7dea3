using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CsCheck;

namespace Skep.Bpf.Tests;

/// <summary>Records are written by a program under test runs (Sources/ring.bpf.c) and must come out as they went in, in order.</summary>
[Collection("kernel")]
[Trait("level", "kernel")]
public sealed class RingBufferKernelTests : OpenDescriptors
{
    private const uint Salt = 7;
    private static readonly int[] s_sizes = [8, 72, 4000, 8, 33000];

    private readonly BpfObject _object = BpfObject.Open(BpfSource.Object("Programs/ring.bpf.c"), "ring");
    private readonly BpfProgram _emit;
    private readonly BpfMap _map;

    public RingBufferKernelTests()
    {
        _object.Load();
        _emit = _object.Program("emit").Open();
        _map = _object.Map("events").Open();
    }

    protected override void Cleanup()
    {
        _map.Dispose();
        _emit.Dispose();
        _object.Dispose();
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(8192)]
    [InlineData(1 << 20)]
    public void Records_of_all_sizes_come_out_in_order_over_many_rounds(int window)
    {
        using var ring = new RingBuffer(_map, window);
        var random = new Random(1);
        var expected = new Queue<(uint Number, int Size)>();
        uint number = 0;
        long bytes = 0;
        while (bytes < 40 * ring.Size)
        {
            int kind = random.Next(100) == 0 ? 4 : random.Next(4);
            bool full = Emit(++number, kind) != 0;
            if (!full && kind != 3) expected.Enqueue((number, s_sizes[kind]));
            bytes += s_sizes[kind] + 8;
            if (full || random.Next(20) == 0)
            {
                ring.Consume(record => Check(record, expected.Dequeue()));
                Assert.Empty(expected);
                Assert.Equal(0u, ring.Pending);
            }
        }
    }

    [Fact]
    public void Any_sequence_of_records_and_reads_keeps_them_all() =>
        Gen.Int[0, 5].List[0, 200].Sample(steps =>
        {
            using var ring = new RingBuffer(_map, 4096);
            var expected = new Queue<(uint Number, int Size)>();
            ring.Consume(static _ => { });
            uint number = 0;
            foreach (int step in steps)
            {
                if (step == 5) ring.Consume(record => Check(record, expected.Dequeue()), maxRecords: 3);
                else if (Emit(++number, step) == 0 && step != 3) expected.Enqueue((number, s_sizes[step]));
            }

            ring.Consume(record => Check(record, expected.Dequeue()));
            Assert.Empty(expected);
        }, iter: 100, threads: 1);

    [Fact]
    public void Stops_after_so_many_records()
    {
        using var ring = new RingBuffer(_map);
        for (uint i = 1; i <= 5; i++) Emit(i, 0);
        Assert.Equal(2, ring.Consume(static _ => { }, maxRecords: 2));
        Assert.Equal(3 * 16u, ring.Pending);
        Assert.Equal(3, ring.Consume(static _ => { }));
        Assert.Equal(0, ring.Consume(static _ => { }));
    }

    [Fact]
    public void A_handler_that_throws_has_consumed_its_record()
    {
        using var ring = new RingBuffer(_map);
        for (uint i = 1; i <= 3; i++) Emit(i, 0);
        Assert.Throws<InvalidDataException>(() => ring.Consume(static _ => throw new InvalidDataException()));
        var rest = new List<uint>();
        ring.Consume(record => rest.Add(MemoryMarshal.Read<uint>(record)));
        Assert.Equal([2u, 3u], rest);
    }

    [Fact]
    public async Task Poll_tells_of_records_and_can_be_woken()
    {
        using var ring = new RingBuffer(_map);
        Assert.False(ring.Poll(TimeSpan.Zero));
        Emit(1, 0);
        Assert.True(ring.Poll(Timeout.InfiniteTimeSpan));
        ring.Consume(static _ => { });
        Assert.False(ring.Poll(TimeSpan.Zero));
        Task waker = Task.Run(() => ring.Wake(), TestContext.Current.CancellationToken);
        Assert.False(ring.Poll(Timeout.InfiniteTimeSpan));
        await waker;
        Task writer = Task.Run(() => Emit(2, 0), TestContext.Current.CancellationToken);
        Assert.True(ring.Poll(Timeout.InfiniteTimeSpan));
        await writer;
    }

    [Fact]
    public async Task A_reader_beside_a_writer_loses_nothing_and_sleeps_for_nothing()
    {
        using var ring = new RingBuffer(_map);
        const uint total = 200_000;
        uint accepted = 0;
        Task writer = Task.Run(() =>
        {
            for (uint i = 1; i <= total; i++)
            {
                while (Emit(i, 1) != 0) Thread.Yield();
                Volatile.Write(ref accepted, i);
            }
        }, TestContext.Current.CancellationToken);
        uint next = 1;
        while (next <= total)
        {
            Assert.True(ring.Poll(TimeSpan.FromSeconds(30)), $"no record {next} of {Volatile.Read(ref accepted)}");
            ring.Consume(record => Check(record, (next++, s_sizes[1])));
        }

        await writer;
        Assert.Equal(0u, ring.Pending);
    }

    [Fact]
    public void A_large_ring_is_not_resident()
    {
        using BpfMap large = BpfMap.Create(new BpfMapSpec(BpfMapType.Ringbuf, 0, 0, 64 << 20));
        long before = ResidentKilobytes();
        using var ring = new RingBuffer(large);
        Assert.Equal(0, ring.Consume(static _ => { }));
        Assert.InRange(ResidentKilobytes() - before, long.MinValue, 8 << 10);
    }

    [Fact]
    public void Only_a_ring_buffer_is_one()
    {
        using BpfMap hash = BpfMap.Create(new BpfMapSpec(BpfMapType.Hash, 4, 4, 1));
        Assert.Throws<ArgumentException>(() => new RingBuffer(hash));
    }

    private uint Emit(uint number, int kind)
    {
        Span<byte> context = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(context, number);
        BinaryPrimitives.WriteUInt32LittleEndian(context[4..], (uint)kind);
        return _emit.Run(new BpfRun { Context = context }).ReturnValue;
    }

    private static void Check(ReadOnlySpan<byte> record, (uint Number, int Size) expected)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(record);
        Assert.Equal(expected.Size, record.Length);
        Assert.Equal(expected.Number, words[0]);
        Assert.Equal(expected.Number ^ Salt, words[^1]);
        if (expected.Size > 8) Assert.Equal(Salt, words[1]);
    }

    private static long ResidentKilobytes() =>
        long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ')[^2].Trim());
}
