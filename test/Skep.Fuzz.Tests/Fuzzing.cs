using System.Diagnostics;
using System.Globalization;

namespace Skep.Fuzz.Tests;

/// <summary>
/// Gives inputs to a reader until the time is over, and holds each to limits of time and memory. The input that is being read is in
/// <c>out/fuzz/KIND.input</c>: it is left there when it fails, or ends the process.
/// </summary>
internal static class Fuzzing
{
    private const long MostBytes = 512 << 20, MostNanoseconds = 2_000_000_000;
    private const int MostStack = 1 << 20;

    // A machine that is busy gives a thread little time; a reader that never ends is found all the same.
    private static readonly TimeSpan MostWaiting = TimeSpan.FromSeconds(120);

    /// <summary>Runs a kind.</summary>
    /// <param name="kind">Its name.</param>
    /// <param name="corpus">What inputs are made of; each is tried as it is as well.</param>
    /// <param name="dictionary">Words that are put into them.</param>
    /// <param name="read">Reads an input; any exception is a failure.</param>
    public static void Run(string kind, IReadOnlyList<byte[]> corpus, IReadOnlyList<byte[]> dictionary, Action<byte[]> read)
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("FUZZ_SEED") ?? "1", CultureInfo.InvariantCulture);
        TimeSpan duration = TimeSpan.FromSeconds(
            double.Parse(Environment.GetEnvironmentVariable("FUZZ_SECONDS") ?? "3", CultureInfo.InvariantCulture));
        string path = Repository.File($"out/fuzz/{kind}.input");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var mutator = new Mutator(seed, corpus, dictionary);
        int number = 0;
        string? failure = null;
        var thread = new Thread(
            () =>
            {
                var watch = Stopwatch.StartNew();
                while (failure is null && (number < corpus.Count || watch.Elapsed < duration))
                {
                    byte[] input = number < corpus.Count ? corpus[number] : mutator.Next();
                    File.WriteAllBytes(path, input);
                    failure = Try(input, read);
                    if (failure is null) Volatile.Write(ref number, number + 1);
                }
            },
            MostStack)
        { IsBackground = true };
        thread.Start();
        for (int before = -1; !thread.Join(MostWaiting); before = Volatile.Read(ref number))
        {
            if (before == Volatile.Read(ref number))
                Assert.Fail($"{kind}, seed {seed}, input {number}: it is not read to its end ({path})");
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"{kind}, seed {seed}, input {number}");
        Assert.True(failure is null, $"{text}: {failure} ({path})");
        File.Delete(path);
        TestContext.Current.TestOutputHelper?.WriteLine($"{text}: all were read");
        if (duration > TimeSpan.FromSeconds(10)) Console.WriteLine($"{text}: all were read");
    }

    private static string? Try(byte[] input, Action<byte[]> read)
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread(), began = ThreadTime.Nanoseconds;
        try
        {
            read(input);
        }
        catch (Exception e)
        {
            return e.ToString();
        }

        (allocated, long took) = (GC.GetAllocatedBytesForCurrentThread() - allocated, ThreadTime.Nanoseconds - began);
        if (allocated > MostBytes) return $"it allocates {allocated >> 20} MiB";
        if (took <= MostNanoseconds) return null;

        // The first reading compiles what is read with.
        began = ThreadTime.Nanoseconds;
        read(input);
        took = ThreadTime.Nanoseconds - began;
        return took > MostNanoseconds ? $"it takes {took / 1_000_000} ms" : null;
    }
}
