using Skep.Maps.Tap;

namespace Skep.Maps.Tests.Tap;

/// <summary>Records between two threads: none is changed, and none is lost uncounted.</summary>
public sealed class RecordQueueTests
{
    [Fact]
    public void Records_come_out_as_they_went_in()
    {
        var queue = new RecordQueue();
        int[] lengths = [0, 1, 7, 300_000, 40, 262_136, 262_144, 5];
        for (int i = 0; i < lengths.Length; i++)
        {
            queue.Add(i - 1, Record(lengths[i], (byte)i));
            if (i % 3 == 2) queue.Pass();
        }

        queue.End();
        int next = 0;
        while (queue.Take(TimeSpan.Zero, out bool timedOut) is { } block)
        {
            Assert.False(timedOut);
            for (int offset = 0; offset < block.Used; next++)
            {
                ReadOnlySpan<byte> record = block.At(ref offset, out int cpu);
                Assert.Equal(next - 1, cpu);
                Assert.True(record.SequenceEqual(Record(lengths[next], (byte)next)));
            }

            queue.Return(block);
        }

        Assert.Equal(lengths.Length, next);
        Assert.Equal(0ul, queue.Dropped);
    }

    [Fact]
    public void What_does_not_fit_is_counted_and_taken_up_again_when_there_is_room()
    {
        var queue = new RecordQueue();
        byte[] record = Record(1 << 20, 1);
        for (int i = 0; i < 100; i++) queue.Add(-1, record);
        queue.Pass();
        Assert.Equal(100ul - 63, queue.Dropped);
        ulong behind = 0;
        int blocks = 0;
        while (queue.Take(TimeSpan.Zero, out _) is { } block)
        {
            behind += block.Count;
            blocks++;
        }

        Assert.Equal((63, 37ul), (blocks, behind));
        queue.Add(-1, record);
        Assert.Equal(37ul, queue.Dropped);
    }

    private static byte[] Record(int length, byte fill)
    {
        var record = new byte[length];
        Array.Fill(record, fill);
        return record;
    }
}
