using Skep.Watch.Events;

namespace Skep.Watch.Save;

/// <summary>
/// Keeps programs on their way to another sink. One that cannot be written holds up no event: its directory may be another user's.
/// </summary>
/// <param name="store">Where programs are kept.</param>
/// <param name="next">Takes all events.</param>
/// <param name="report">Takes why the first of them could not be kept.</param>
public sealed class SavingSink(ProgramStore store, IEventSink next, Action<string> report) : IEventSink
{
    /// <summary>How many programs could not be kept.</summary>
    public long Failed { get; private set; }

    /// <inheritdoc/>
    public void Write(BpfEvent e)
    {
        try
        {
            store.Keep(e);
        }
        catch (IOException error)
        {
            if (Failed++ == 0) report(error.Message);
        }

        next.Write(e);
    }

    /// <inheritdoc/>
    public void Flush() => next.Flush();
}
