using Skep.Watch.Events;

namespace Skep.Watch.Save;

/// <summary>Keeps programs on their way to another sink.</summary>
public sealed class SavingSink(ProgramStore store, IEventSink next) : IEventSink
{
    /// <inheritdoc/>
    public void Write(BpfEvent e)
    {
        store.Keep(e);
        next.Write(e);
    }

    /// <inheritdoc/>
    public void Flush() => next.Flush();
}
