namespace Skep.Testing;

/// <summary>
/// Holds the cost of reading an input to its size: four times the size may cost about four times as much. No absolute time is asserted:
/// counted are the bytes that this thread allocates and, for work that allocates nothing, its processor time.
/// </summary>
public static class Growth
{
    private const double MostBytes = 6, MostTime = 10;

    // Less is noise.
    private const long LeastBytes = 8 << 20, LeastNanoseconds = 150_000_000;
    private const int Tries = 6;

    /// <summary>Measures at N and 4N.</summary>
    /// <typeparam name="T">The input.</typeparam>
    /// <param name="n">N.</param>
    /// <param name="make">Makes an input of a size.</param>
    /// <param name="read">Reads it.</param>
    public static void AssertAboutLinear<T>(int n, Func<int, T> make, Action<T> read)
    {
        T small = make(n), large = make(4 * n);
        read(small);
        (long bytes, long time) = Measure(small, read);
        (long bytes4, long time4) = Measure(large, read);
        for (int i = 1; i < Tries && IsMore(time, time4); i++)
        {
            time = Math.Min(time, Measure(small, read).Nanoseconds);
            time4 = Math.Min(time4, Measure(large, read).Nanoseconds);
        }

        Assert.True(
            bytes4 <= Math.Max(LeastBytes, MostBytes * bytes),
            $"4 times {n} allocates {bytes4} bytes where {n} allocates {bytes}: {(double)bytes4 / bytes:F1} times as many");
        Assert.True(
            !IsMore(time, time4),
            $"4 times {n} takes {time4 / 1000} us where {n} takes {time / 1000} us: {(double)time4 / time:F1} times as long");
    }

    private static bool IsMore(long time, long time4) => time4 > Math.Max(LeastNanoseconds, MostTime * time);

    private static (long Bytes, long Nanoseconds) Measure<T>(T input, Action<T> read)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread(), began = ThreadTime.Nanoseconds;
        read(input);
        return (GC.GetAllocatedBytesForCurrentThread() - allocated, ThreadTime.Nanoseconds - began);
    }
}
