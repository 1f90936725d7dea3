using Skep.Guard.Decide;

namespace Skep.Guard.Test;

/// <summary>A recorded event, and what policies decide of it.</summary>
/// <param name="Time">When it was, as it was recorded.</param>
/// <param name="Seq">Its number in the recording.</param>
/// <param name="Cmd">The command.</param>
/// <param name="Pid">The process.</param>
/// <param name="Comm">The thread's name.</param>
/// <param name="Exe">The executable.</param>
/// <param name="Decision">What is decided.</param>
public sealed record TestedEvent(string? Time, long? Seq, string Cmd, uint? Pid, string? Comm, string? Exe, Decision Decision)
{
    /// <summary>The type of the program or map; null when neither was recorded.</summary>
    public string? ObjectType { get; init; }

    /// <summary>The name of the program; null when none was recorded.</summary>
    public string? ObjectName { get; init; }

    /// <summary>What was done about it; null for nothing.</summary>
    public string? Reaction { get; init; }
}

/// <summary>Judges what <c>skep watch -j</c> wrote by policies, one event after the other.</summary>
/// <param name="events">The lines.</param>
/// <param name="name">What messages call them.</param>
/// <param name="judge">Judges them.</param>
/// <param name="beforeWait">Called before more is read, which may take until somebody writes it.</param>
public sealed class EventTest(Stream events, string name, EventJudge judge, Action? beforeWait = null)
{
    private readonly EventReader _reader = new(events, name, beforeWait);

    /// <summary>The next event; null at the end.</summary>
    /// <exception cref="InvalidDataException">A line is no event.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public TestedEvent? Next() => _reader.Next() is { } e ? judge.Judge(e) : null;
}
