using Skep.Guard.Decide;
using Skep.Guard.Model;
using Skep.Inventory.Code;

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
}

/// <summary>Judges what <c>skep watch -j</c> wrote by policies, one event after the other.</summary>
public sealed class EventTest
{
    private readonly EventReader _reader;
    private readonly EventSubject _subjects;
    private readonly Decider _decider;

    /// <summary>Begins to read.</summary>
    /// <param name="events">The lines.</param>
    /// <param name="name">What messages call them.</param>
    /// <param name="policies">The policies, in order.</param>
    /// <param name="kernel">Gives the kernel whose types findings are made by; asked only when a policy has findings.</param>
    /// <param name="beforeWait">Called before more is read, which may take until somebody writes it.</param>
    public EventTest(
        Stream events, string name, IReadOnlyList<Policy> policies, Func<TargetKernel> kernel, Action? beforeWait = null)
    {
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(kernel);
        _reader = new EventReader(events, name, beforeWait);
        bool asksForFindings = policies.Any(policy => policy.Rules.Any(rule => rule.IsAfterLoad));
        _subjects = new EventSubject(asksForFindings ? new ProgramFindings(kernel()) : null);
        _decider = new Decider(policies);
    }

    /// <summary>The next event; null at the end.</summary>
    /// <exception cref="InvalidDataException">A line is no event.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public TestedEvent? Next() => _reader.Next() is not { } e ? null
        : new(e.Time, e.Seq, e.Cmd!, e.Pid, e.Comm, e.Exe, _decider.Decide(_subjects.Of(e)))
        {
            ObjectType = e.Prog?.Type ?? e.Map?.Type,
            ObjectName = e.Prog?.Name ?? e.Map?.Name,
        };
}
