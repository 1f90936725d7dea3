using Skep.Linux.Files;

namespace Skep.Filter.Runtime.State;

/// <content>The lock that whoever changes anything holds.</content>
internal sealed partial class TableStore
{
    /// <summary>Takes the lock on all tables, and reports when that has to wait.</summary>
    internal static PrivateLock Lock(Action<string> report)
    {
        MakeDirectory(Base, report);
        Secure(report);
        return TakeLock(PrivateLock.Try) ?? Wait();

        PrivateLock Wait()
        {
            report("waiting for another skep filter command to end");
            return TakeLock(PrivateLock.Wait)!;
        }
    }

    /// <summary>Takes the lock on all tables, and waits for it no longer than a time.</summary>
    /// <exception cref="IOException">Another command had it all that time.</exception>
    internal static PrivateLock Lock(Action<string> report, TimeSpan most, string what)
    {
        MakeDirectory(Base, report);
        Secure(report);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        var isReported = false;
        while (true)
        {
            if (TakeLock(PrivateLock.Try) is { } taken) return taken;
            var waited = System.Diagnostics.Stopwatch.GetElapsedTime(started);
            if (!isReported && waited > TimeSpan.FromSeconds(1))
            {
                report("waiting for another skep filter command to end");
                isReported = true;
            }
            if (waited > most)
                throw new IOException(
                    $"{what}: another skep filter command has been at work for {most.TotalSeconds:0} s, and nothing was changed (do it "
                    + $"again when that has ended)");
            Thread.Sleep(10);
        }
    }

    /// <summary>Takes the lock when nobody has it and there is anything to lock.</summary>
    internal static PrivateLock? TryLock(Action<string> report)
    {
        if (!Directory.Exists(Base)) return null;
        MakeDirectory(Base, report);
        Secure(report);
        return TakeLock(PrivateLock.Try);
    }

    private static PrivateLock? TakeLock(Func<string, PrivateLock?> take)
    {
        try
        {
            return take(LockFile);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(LockFile, e);
        }
    }
}
