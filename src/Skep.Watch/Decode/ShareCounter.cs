using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>What was left out of users without CAP_BPF since the last look, by user. The sums are those of the counters.</summary>
internal sealed class ShareCounter(ICaptureBackend backend)
{
    /// <summary>The command of the events that report it.</summary>
    public const string Command = "left_out";

    private readonly Dictionary<uint, (ulong Calls, ulong Pieces)> _seen = [];
    private ulong _calls, _pieces;

    /// <summary>One event for each user of whom something was left out since the last call.</summary>
    /// <param name="now">The counters, read before.</param>
    /// <param name="timeNs">Now: nanoseconds since the epoch.</param>
    public IEnumerable<BpfEvent> Take(CaptureCounters now, long timeNs)
    {
        if (now.CallsLeftOut == _calls && now.PiecesLeftOut == _pieces) yield break;
        if (backend.Shares is not { } shares) yield break;
        (ulong calls, ulong pieces) rest = (now.CallsLeftOut - _calls, now.PiecesLeftOut - _pieces);
        BpfMapEntries entries = shares.ReadAll();
        for (int i = 0; i < entries.Count; i++)
        {
            uint uid = MemoryMarshal.Read<uint>(entries.Key(i));
            ShareRecord share = MemoryMarshal.Read<ShareRecord>(entries.Value(i));
            (ulong Calls, ulong Pieces) before = _seen.GetValueOrDefault(uid);

            // The kernel forgets the user who was idle longest when there are more than 4096: it then counts from 0. What came after the
            // counters were read is for the next look.
            if (share.Calls < before.Calls || share.Pieces < before.Pieces) before = default;
            (ulong Calls, ulong Pieces) more =
                (Math.Min(share.Calls - before.Calls, rest.calls), Math.Min(share.Pieces - before.Pieces, rest.pieces));
            _seen[uid] = (before.Calls + more.Calls, before.Pieces + more.Pieces);
            rest = (rest.calls - more.Calls, rest.pieces - more.Pieces);
            if (more != default) yield return Event(uid, more.Calls, more.Pieces, timeNs);
        }

        (_calls, _pieces) = (now.CallsLeftOut, now.PiecesLeftOut);
        if (rest != default) yield return Event(null, rest.calls, rest.pieces, timeNs);
    }

    private BpfEvent Event(uint? uid, ulong calls, ulong pieces, long timeNs) => new()
    {
        TimeNs = timeNs,
        Syscall = BpfEvent.NoSyscall,
        Command = Command,
        Backend = backend.Number,
        Process = ProcessIdentity.Unknown(0) with { Uid = uid },
        Count = (calls, 0),
        Pieces = pieces,
        Note = $"{calls} calls of {(uid is { } user ? $"uid {user}" : "other users")} lost, and {pieces} pieces of code or logs: "
            + "more than a user without CAP_BPF may take of the ring buffer",
    };
}
