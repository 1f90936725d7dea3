using System.Buffers.Binary;
using System.Runtime.InteropServices;
using CsCheck;

namespace Skep.Bpf.Tests;

/// <summary>A tap beside the ring's owner: what it tells is what was sent, and what it could not read is counted.</summary>
[Collection("kernel")]
[Trait("level", "kernel")]
public sealed class RingBufferTapKernelTests : OpenDescriptors
{
    private const uint Salt = 7;
    private static readonly int[] s_sizes = [8, 72, 4000, 8, 33000];

    private readonly BpfObject _object;
    private readonly BpfProgram _emit;
    private readonly BpfMap _map;

    public RingBufferTapKernelTests()
    {
        _object = BpfObject.Open(BpfSource.Object("Programs/ring.bpf.c"), "ring");
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

    [Fact]
    public void It_tells_what_the_owner_gets_and_takes_nothing()
    {
        using var owner = new RingBuffer(_map);
        using var tap = new RingBufferTap(_map);
        var seen = new List<uint>();
        for (uint i = 1; i <= 48; i++) Assert.Equal(0u, Emit(i, (int)(i % 4)));
        tap.Read(record => seen.Add(MemoryMarshal.Read<uint>(record)));
        Assert.Equal(tap.OwnerPending, owner.Pending);
        var got = new List<uint>();
        owner.Consume(record => got.Add(MemoryMarshal.Read<uint>(record)));
        Assert.Equal(got, seen);
        Assert.Equal(36, seen.Count);
        Assert.Equal(new RingTapCounts(36, tap.Counts.Bytes, 12, 0, 0), tap.Counts);
        Assert.Equal(0, tap.Read(_ => Assert.Fail("nothing is new")));
    }

    [Fact]
    public void It_begins_with_what_waits_for_the_owner()
    {
        using var owner = new RingBuffer(_map);
        for (uint i = 1; i <= 3; i++) Emit(i, 0);
        owner.Consume(_ => { }, maxRecords: 1);
        using var tap = new RingBufferTap(_map);
        var seen = new List<uint>();
        tap.Read(record => seen.Add(MemoryMarshal.Read<uint>(record)));
        Assert.Equal([2u, 3u], seen);
    }

    [Fact]
    public void What_was_overwritten_is_counted_exactly_when_all_are_of_one_size()
    {
        using var owner = new RingBuffer(_map);
        using var tap = new RingBufferTap(_map);
        ulong read = 0;
        const uint total = 5000;
        for (uint i = 1; i <= total; i++)
        {
            Assert.Equal(0u, Emit(i, 1));
            owner.Consume(_ => { });
            if (i is 10 or 3000) read += (ulong)tap.Read(record => Check(record, 1));
        }

        read += (ulong)tap.Read(record => Check(record, 1));
        Assert.Equal(read, tap.Counts.Records);
        Assert.True(tap.Counts.OverwrittenBytes > 0);
        Assert.Equal(total, read + tap.Counts.OverwrittenRecords);
    }

    [Fact]
    public void Of_several_sizes_only_the_bytes_are_known()
    {
        using var owner = new RingBuffer(_map);
        using var tap = new RingBufferTap(_map);
        Emit(1, 0);
        Emit(2, 1);
        Assert.Equal(2, tap.Read(_ => { }));
        Assert.Equal(0ul, tap.Counts.OverwrittenRecords);
        for (uint i = 3; i <= 2000; i++)
        {
            owner.Consume(_ => { });
            Emit(i, 1);
        }

        tap.Read(_ => { });
        Assert.Null(tap.Counts.OverwrittenRecords);
        Assert.Equal((1999ul * 80) + 16, tap.Counts.Bytes + tap.Counts.OverwrittenBytes);
    }

    // Whatever happens in what order: each byte that was sent was read or is counted, and what was read is as it was sent.
    [Fact]
    public void Each_byte_is_told_or_counted() =>
        Gen.Int[0, 7].List[0, 300].Sample(steps =>
        {
            using var owner = new RingBuffer(_map);
            owner.Consume(static _ => { });
            using var tap = new RingBufferTap(_map);
            ulong sent = 0;
            uint number = 0, last = 0;
            void See(ReadOnlySpan<byte> record)
            {
                uint now = MemoryMarshal.Read<uint>(record);
                Assert.True(now > last);
                last = now;
                Assert.Equal(now ^ Salt, MemoryMarshal.Cast<byte, uint>(record)[^1]);
            }

            foreach (int step in steps)
            {
                if (step == 5) owner.Consume(static _ => { }, maxRecords: 30);
                else if (step == 6) owner.Consume(static _ => { });
                else if (step == 7) tap.Read(See);
                else if (Emit(++number, step) == 0) sent += (ulong)((s_sizes[step] + 8 + 7) & ~7);
            }

            tap.Read(See);
            Assert.Equal(sent, tap.Counts.Bytes + tap.Counts.OverwrittenBytes);
            owner.Consume(static _ => { });
        }, iter: 100, threads: 1);

    [Fact]
    public async Task Beside_a_writer_and_an_owner_what_it_tells_is_whole()
    {
        using var owner = new RingBuffer(_map);
        using var tap = new RingBufferTap(_map);
        const uint total = 100_000;
        Task writer = Task.Run(() =>
        {
            for (uint i = 1; i <= total; i++)
            {
                while (Emit(i, 1) != 0) Thread.Yield();
            }
        }, TestContext.Current.CancellationToken);
        uint next = 1, last = 0;
        Task reader = Task.Run(() =>
        {
            while (next <= total)
            {
                owner.Poll(TimeSpan.FromSeconds(1));
                owner.Consume(record => Assert.Equal(next++, MemoryMarshal.Read<uint>(record)));
            }
        }, TestContext.Current.CancellationToken);
        while (!reader.IsCompleted || tap.OwnerPending > 0)
        {
            tap.Wait(TimeSpan.FromMilliseconds(10));
            tap.Read(See);
        }

        tap.Read(See);
        await writer;
        await reader;
        Assert.Equal(total, tap.Counts.Records + tap.Counts.OverwrittenRecords);

        void See(ReadOnlySpan<byte> record)
        {
            Check(record, 1);
            uint now = MemoryMarshal.Read<uint>(record);
            Assert.True(now > last);
            last = now;
        }
    }

    [Fact]
    public void Only_a_ring_buffer_has_a_tap()
    {
        using BpfMap hash = BpfMap.Create(new BpfMapSpec(BpfMapType.Hash, 4, 4, 1));
        Assert.Throws<ArgumentException>(() => new RingBufferTap(hash));
    }

    private uint Emit(uint number, int kind)
    {
        Span<byte> context = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(context, number);
        BinaryPrimitives.WriteUInt32LittleEndian(context[4..], (uint)kind);
        return _emit.Run(new BpfRun { Context = context }).ReturnValue;
    }

    private static void Check(ReadOnlySpan<byte> record, int kind)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(record);
        Assert.Equal(s_sizes[kind], record.Length);
        Assert.Equal(words[0] ^ Salt, words[^1]);
        Assert.Equal(Salt, words[1]);
    }
}
