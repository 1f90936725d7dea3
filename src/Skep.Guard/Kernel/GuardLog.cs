using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Guard.Model;
using Skep.Guard.State;
using Skep.Linux.Time;

namespace Skep.Guard.Kernel;

/// <summary>The decisions that the kernel side keeps: the last 4,096, and the code of denied or reported programs as far as room
/// is.</summary>
public sealed class GuardLog : IDisposable
{
    private readonly BpfMap _records = BpfMap.OpenPinned($"{GuardPaths.LogPins}/records");
    private readonly BpfMap _chunks = BpfMap.OpenPinned($"{GuardPaths.LogPins}/chunks");
    private readonly BpfMap _control = OpenControl();
    private readonly Dictionary<uint, IReadOnlyList<Policy>?> _policies = [];
    private readonly long _bootUnixNs = Clocks.BootUnixNanoseconds();

    /// <summary>Whether policies were ever applied since the machine booted.</summary>
    public static bool Exists => File.Exists($"{GuardPaths.LogPins}/records");

    /// <summary>Counters of all policies since the first were applied.</summary>
    public static GuardCounters ReadCounters()
    {
        GuardControlRecord control = ReadControl();
        return new(control.Decided, control.Denied, control.Alerted, control.NextRecord, control.Unjudged);
    }

    internal static GuardControlRecord ReadControl()
    {
        using BpfMap map = OpenControl();
        return Control(map);
    }

    /// <summary>How many decisions were recorded.</summary>
    internal ulong Recorded => Control(_control).NextRecord;

    /// <summary>The number of the oldest one that is not overwritten.</summary>
    internal ulong OldestKept => Recorded is > GuardLayout.GuardRecords and var recorded ? recorded - GuardLayout.GuardRecords + 1 : 1;

    private static BpfMap OpenControl() => BpfMap.OpenPinned($"{GuardPaths.LogPins}/control");

    private static GuardControlRecord Control(BpfMap map) => map.TryLookup(0u, out GuardControlRecord control) ? control : default;

    /// <summary>The decisions behind a number, oldest first, as far as they are kept.</summary>
    /// <param name="after">The number of the last one that was read; 0 for none.</param>
    public IReadOnlyList<GuardDecision> Read(ulong after)
    {
        ulong next = Recorded, first = Math.Max(after, OldestKept - 1);
        var found = new List<GuardDecision>();
        for (ulong number = first; number < next; number++)
        {
            if (ReadWhole(number) is { } record) found.Add(DecisionOf(record));
        }

        return found;
    }

    // One that is written meanwhile is not the same when it is read again.
    private GuardRecordRecord? ReadWhole(ulong number)
    {
        uint place = (uint)(number % GuardLayout.GuardRecords);
        if (!_records.TryLookup(place, out GuardRecordRecord record) || record.Number != number + 1) return null;
        if (!_records.TryLookup(place, out GuardRecordRecord again)) return null;
        return Bytes(in record).SequenceEqual(Bytes(in again)) ? record : null;
    }

    private static ReadOnlySpan<byte> Bytes(in GuardRecordRecord record) =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<GuardRecordRecord>(in record));

    /// <inheritdoc/>
    public void Dispose()
    {
        _records.Dispose();
        _chunks.Dispose();
        _control.Dispose();
    }

    /// <summary>Drops the texts of policies that no decision is recorded of and that are not applied.</summary>
    internal static void DropStates(IReadOnlyList<uint> pinned)
    {
        const int kept = 64;
        foreach (uint generation in GuardGenerations.Kept().Except(pinned).SkipLast(kept)) File.Delete(GuardPaths.StateOf(generation));
    }

    private GuardDecision DecisionOf(in GuardRecordRecord record)
    {
        if (!_policies.TryGetValue(record.Generation, out IReadOnlyList<Policy>? policies))
            _policies[record.Generation] = policies = GuardState.Read(record.Generation)?.ReadPolicies();
        return GuardDecision.Of(record, policies, _bootUnixNs, record.CodeChunks > 0 ? ReadCode(record) : null);
    }

    // What was overwritten meanwhile is not the program's.
    private byte[]? ReadCode(in GuardRecordRecord record)
    {
        if (record.CodeChunks != (record.InsnCnt * 8ul + GuardLayout.GuardChunkLen - 1) / GuardLayout.GuardChunkLen) return null;
        var code = new byte[record.InsnCnt * 8];
        for (uint i = 0; i < record.CodeChunks; i++)
        {
            if (!_chunks.TryLookup((uint)((record.FirstChunk + i) % GuardLayout.GuardChunks), out GuardChunkRecord chunk)) return null;
            Span<byte> bytes = chunk.Code;
            Span<byte> part = code.AsSpan((int)i * GuardLayout.GuardChunkLen);
            bytes[..Math.Min(part.Length, bytes.Length)].CopyTo(part);
        }

        return Control(_control).NextChunk - record.FirstChunk <= GuardLayout.GuardChunks ? code : null;
    }
}
