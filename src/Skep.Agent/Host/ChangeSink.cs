using Skep.Watch.Events;

namespace Skep.Agent.Host;

/// <summary>Passes events on, and says when one has changed what there is on the machine.</summary>
internal sealed class ChangeSink(IEventSink next, Action changed) : IEventSink
{
    private bool _hasChanged;

    /// <inheritdoc/>
    public void Write(BpfEvent e)
    {
        _hasChanged |= e is { Failed: false, Count: null };
        next.Write(e);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        next.Flush();
        if (!_hasChanged) return;
        _hasChanged = false;
        changed();
    }
}
