namespace Skep.Watch.Events;

/// <summary>Takes the events of a session, in order, on the thread that runs it.</summary>
public interface IEventSink
{
    /// <summary>Takes an event.</summary>
    void Write(BpfEvent e);

    /// <summary>Passes on what it holds back; called when no more events are waiting.</summary>
    void Flush();
}
