using Skep.Linux.Interop;

namespace Skep.Linux.Streams;

/// <summary>
/// Reports when standard output has lost its reader: the other end of the pipe or socket is closed, or the terminal hung up. A command that
/// has nothing to write for a long time finds it out by nothing else.
/// </summary>
public sealed class ReaderWatch : IDisposable
{
    private const int Output = 1, GlanceMilliseconds = 250;

    private readonly Action _left;
    private readonly Lock _calling = new();
    private volatile bool _ending;

    /// <summary>Begins to watch.</summary>
    /// <param name="left">Called once, from another thread, when nobody reads any more.</param>
    public ReaderWatch(Action left)
    {
        _left = left;
        new Thread(Watch) { IsBackground = true, Name = "reader" }.Start();
    }

    /// <summary>Ends it. It is not waited for: nothing is called from here on.</summary>
    public void Dispose()
    {
        lock (_calling) _ending = true;
    }

    // Errors and hang-ups are reported whatever is asked for.
    private void Watch()
    {
        while (!_ending)
        {
            if (Libc.Poll(Output, 0, GlanceMilliseconds) == 0) continue;
            lock (_calling)
            {
                if (!_ending) _left();
            }

            return;
        }
    }
}
