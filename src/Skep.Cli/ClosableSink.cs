using Skep.Watch;
using Skep.Watch.Events;

namespace Skep.Cli;

/// <summary>Ends the session when nobody reads its output any more: <c>skep watch | head</c>.</summary>
internal sealed class ClosableSink(IEventSink inner) : IEventSink
{
    private bool _closed;

    /// <summary>Called once, when the output turned out to be closed.</summary>
    public Action? Closed { get; set; }

    public void Write(BpfEvent e) => Try(() => inner.Write(e));

    public void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        if (_closed) return;
        try
        {
            write();
        }
        catch (IOException e) when (e.Message.Contains("Broken pipe", StringComparison.Ordinal))
        {
            _closed = true;
            Closed?.Invoke();
        }
    }
}
