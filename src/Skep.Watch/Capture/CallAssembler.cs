using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skep.Watch.Processes;

namespace Skep.Watch.Capture;

/// <summary>Turns the records of the ring buffer into whole calls.</summary>
internal sealed class CallAssembler(ProcessTable processes)
{
    // Pieces whose call's own record found no room in the ring stay behind. A load may take the verifier seconds, so they
    // are dropped by age, and looked for only when there are many.
    private const int ManyOpenCalls = 4096;
    private static readonly long StaleAfter = TimeSpan.FromMinutes(2).Ticks;

    // A record without a resulting object ends before it.
    private static readonly int ShortestCall = Unsafe.SizeOf<CallRecord>() - Unsafe.SizeOf<ResultRecord>();

    private readonly Dictionary<ulong, CapturedCall> _open = [];

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
            case RecordKind.Blob when record.Length >= Unsafe.SizeOf<BlobHeader>():
                ref readonly BlobHeader header = ref MemoryMarshal.AsRef<BlobHeader>(record);
                ReadOnlySpan<byte> bytes = record[Unsafe.SizeOf<BlobHeader>()..];
                if (header.Length > bytes.Length) return Reject();
                AddBlob(header, bytes[..(int)header.Length]);
                return null;
            case RecordKind.Process when record.Length >= Unsafe.SizeOf<ProcessHeader>():
                return processes.Add(MemoryMarshal.AsRef<ProcessHeader>(record), record[Unsafe.SizeOf<ProcessHeader>()..]) ? null : Reject();
            default:
                return Reject();
        }
    }

    private CapturedCall Complete(ReadOnlySpan<byte> record)
    {
        ulong id = MemoryMarshal.Read<EntryRecord>(record).CallId;
        if (!_open.Remove(id, out CapturedCall? call)) call = new CapturedCall();
        Span<byte> whole = MemoryMarshal.AsBytes(new Span<CallRecord>(ref call.Record));
        record[..Math.Min(record.Length, whole.Length)].CopyTo(whole);
        return call;
    }

    private void AddBlob(in BlobHeader header, ReadOnlySpan<byte> bytes)
    {
        long now = Environment.TickCount64 * TimeSpan.TicksPerMillisecond;
        ref CapturedCall? call = ref CollectionsMarshal.GetValueRefOrAddDefault(_open, header.CallId, out bool known);
        if (!known) call = new CapturedCall();
        call!.Add(header, bytes, now);
        if (!known && _open.Count > ManyOpenCalls) DropStale(now);
    }

    private void DropStale(long now)
    {
        foreach ((ulong id, CapturedCall call) in _open)
            if (now - call.LastTouched > StaleAfter) _open.Remove(id);
    }

    private CapturedCall? Reject()
    {
        Malformed++;
        return null;
    }
}
