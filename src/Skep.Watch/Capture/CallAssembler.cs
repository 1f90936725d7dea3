using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skep.Watch.Processes;

namespace Skep.Watch.Capture;

/// <summary>Turns the records of the ring buffer into whole calls.</summary>
internal sealed class CallAssembler(ProcessTable processes)
{
    // Pieces whose call's own record found no room in the ring stay behind: until the next call of the thread, or, of a thread
    // that makes no more, until they are old. A load may take the verifier seconds.
    private const int ManyOpenCalls = 4096;
    private static readonly long StaleAfter = TimeSpan.FromMinutes(2).Ticks;

    // A record without a resulting object ends before it.
    private static readonly int ShortestCall = Unsafe.SizeOf<CallRecord>() - Unsafe.SizeOf<ResultRecord>();

    private readonly Dictionary<uint, CapturedCall> _open = [];

    /// <summary>Records that were shorter than their kind, or of no known kind.</summary>
    public long Malformed { get; private set; }

    /// <summary>Takes a record. Returns the call that it completes, or null.</summary>
    public CapturedCall? Add(ReadOnlySpan<byte> record)
    {
        if (record.Length < sizeof(uint)) return Reject();
        switch ((RecordKind)MemoryMarshal.Read<uint>(record))
        {
            case RecordKind.Call when record.Length == ShortestCall || record.Length >= Unsafe.SizeOf<CallRecord>():
                return Complete(record);
            case RecordKind.Blob when record.Length >= Unsafe.SizeOf<BlobRecord>():
                ref readonly BlobRecord header = ref MemoryMarshal.AsRef<BlobRecord>(record);
                ReadOnlySpan<byte> bytes = record[Unsafe.SizeOf<BlobRecord>()..];
                if (header.Length > bytes.Length) return Reject();
                AddBlob(header, bytes[..(int)header.Length]);
                return null;
            case RecordKind.Process when record.Length >= Unsafe.SizeOf<ProcessRecord>():
                ReadOnlySpan<byte> rest = record[Unsafe.SizeOf<ProcessRecord>()..];
                return processes.Add(MemoryMarshal.AsRef<ProcessRecord>(record), rest) ? null : Reject();
            default:
                return Reject();
        }
    }

    private CapturedCall Complete(ReadOnlySpan<byte> record)
    {
        EntryRecord entry = MemoryMarshal.Read<EntryRecord>(record);
        if (!_open.Remove(entry.Tid, out CapturedCall? call) || call.Id != entry.CallId) call = new CapturedCall { Id = entry.CallId };
        Span<byte> whole = MemoryMarshal.AsBytes(new Span<CallRecord>(ref call.Record));
        record[..Math.Min(record.Length, whole.Length)].CopyTo(whole);
        return call;
    }

    private void AddBlob(in BlobRecord header, ReadOnlySpan<byte> bytes)
    {
        long now = Environment.TickCount64 * TimeSpan.TicksPerMillisecond;
        ref CapturedCall? call = ref CollectionsMarshal.GetValueRefOrAddDefault(_open, header.Tid, out bool known);
        if (call is null || call.Id != header.CallId) call = new CapturedCall { Id = header.CallId };
        call.Add(header, bytes, now);
        if (!known && _open.Count > ManyOpenCalls) DropStale(now);
    }

    private void DropStale(long now)
    {
        foreach ((uint tid, CapturedCall call) in _open)
            if (now - call.LastTouched > StaleAfter) _open.Remove(tid);
    }

    private CapturedCall? Reject()
    {
        Malformed++;
        return null;
    }
}
