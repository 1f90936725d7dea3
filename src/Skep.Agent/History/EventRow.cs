using System.Text;
using Skep.Watch.Events;

namespace Skep.Agent.History;

/// <summary>An event as it is stored: what history is searched by, and its JSON, which is that of <c>skep watch -j</c>.</summary>
internal sealed record EventRow
{
    // A verifier log may have megabytes; what is said of it last is why the program is refused.
    private const int MostLogChars = 4096;

    public required long TimeNs { get; init; }

    /// <summary>When the agent had it: what it is about was there at some time between.</summary>
    public required long TakenNs { get; init; }

    public required string Command { get; init; }

    public required string Syscall { get; init; }

    public required string? Type { get; init; }

    public required ProcessIdentity Process { get; init; }

    public required bool Failed { get; init; }

    public required ProgramDetails? Program { get; init; }

    public required MapDetails? Map { get; init; }

    public required uint? LinkId { get; init; }

    public required byte[] Json { get; init; }

    /// <summary>The kernel's id of what the event is about.</summary>
    public uint? Object => Program?.Id ?? Map?.Id ?? LinkId;

    /// <summary>What the row takes in memory while it waits, about.</summary>
    public int Bytes => Json.Length + 512;

    /// <param name="e">The event.</param>
    /// <param name="json">Writes it; its stream is <paramref name="buffer"/>.</param>
    /// <param name="buffer">Takes the JSON.</param>
    /// <param name="takenNs">The time now, in nanoseconds of Unix time.</param>
    public static EventRow Of(BpfEvent e, JsonEventWriter json, MemoryStream buffer, long takenNs)
    {
        buffer.SetLength(0);
        json.Write(Shortened(e));
        json.Flush();
        int length = (int)buffer.Length;
        // The line's end is not part of the object.
        byte[] bytes = buffer.GetBuffer().AsSpan(0, length > 0 && buffer.GetBuffer()[length - 1] == '\n' ? length - 1 : length).ToArray();
        return new EventRow
        {
            TimeNs = e.TimeNs,
            TakenNs = takenNs,
            Command = e.Command,
            Syscall = e.Syscall,
            Type = e.Program?.Type ?? e.Map?.Type ?? e.Link?.Type,
            Process = e.Process,
            Failed = e.Failed,
            // The code is in the store of programs: rows that wait do not hold it.
            Program = e.Program is { } program ? program with { Code = null, Log = null } : null,
            InstructionCount = e.Program?.Code?.Count,
            Map = e.Map,
            LinkId = e.Link?.Id,
            Json = bytes,
            Sha256 = e.Program?.Code?.Sha256,
        };
    }

    /// <summary>SHA-256 of the code that the event carries; null when it carries none, or not the whole.</summary>
    public string? Sha256 { get; private init; }

    /// <summary>How many instructions that code has.</summary>
    public uint? InstructionCount { get; private init; }

    /// <summary>The event with the end of its verifier log only, where that is long.</summary>
    public static BpfEvent Shortened(BpfEvent e)
    {
        if (e.Program is not { Log: { Length: > MostLogChars } log } program) return e;
        string end = log[^MostLogChars..];
        uint skipped = (uint)Encoding.UTF8.GetByteCount(log.AsSpan(0, log.Length - MostLogChars));
        return e with { Program = program with { Log = end, LogSkipped = program.LogSkipped + skipped } };
    }
}
