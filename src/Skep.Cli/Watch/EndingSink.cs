using Skep.Cli.Common;
using Skep.Watch.Events;

namespace Skep.Cli.Watch;

/// <summary>Ends the session when its output cannot be written: quietly when nobody reads it any more (<c>skep watch | head</c>), else with the error.</summary>
internal sealed class EndingSink(IEventSink inner) : IEventSink
{
    private bool _ended;

    /// <summary>Called once, when the output ended.</summary>
    public Action? Closed { get; set; }

    /// <summary>Why the output could not be written; null when it could, or when nobody reads it any more.</summary>
    public string? Error { get; private set; }

    public void Write(BpfEvent e) => Try(() => inner.Write(e));

    public void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (_ended) return;
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _ended = true;
            OutputEnd.Report(e);
            if (!OutputEnd.IsQuiet(e)) Error = e.Message;
            Closed?.Invoke();
        }
    }
}
