using Skep.Watch.Events;

namespace Skep.Cli.Watch;

/// <summary>Ends the session when its output cannot be written, as when nobody reads it any more (<c>skep watch | head</c>).</summary>
internal sealed class EndingSink(IEventSink inner) : IEventSink
{
    /// <summary>Called once, when the output ended.</summary>
    public Action? Closed { get; set; }

    /// <summary>Why the output could not be written; null when it could.</summary>
    public Exception? Failure { get; private set; }

    public void Write(BpfEvent e) => Try(() => inner.Write(e));

    public void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (Failure is not null) return;
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure = e;
            Closed?.Invoke();
        }
    }
}
