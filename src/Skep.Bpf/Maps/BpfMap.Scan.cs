using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>Takes one entry of a map. The bytes are valid during the call only.</summary>
/// <param name="key">The key.</param>
/// <param name="value">The value, all CPUs' for per-CPU maps; empty when it could not be read.</param>
/// <param name="error">Why the value could not be read; 0 when it was.</param>
/// <returns>False to end the scan.</returns>
public delegate bool BpfMapEntryHandler(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, Errno error);

public sealed unsafe partial class BpfMap
{
    // As many bytes are read by one system call.
    private const int BatchBytes = 1 << 20;

    // A walk by key over a hash whose entries come and go may meet keys twice; so often the walk may start again.
    private const int Rounds = 4;

    /// <summary>
    /// Gives all entries to a handler, in the map's order: in batches where the map type has them, key by key elsewhere. No more than a
    /// batch is held in memory. Entries that come and go meanwhile may or may not be met; a key-by-key walk may meet one twice.
    /// </summary>
    /// <param name="handler">Called once an entry.</param>
    /// <param name="withEmpty">
    /// Whether a key without a value (an empty slot of an array of programs, maps, sockets) is reported as well, with <c>ENOENT</c>.
    /// </param>
    /// <exception cref="BpfException">The map's type has no keys to walk, or it may not be read.</exception>
    public void Scan(BpfMapEntryHandler handler, bool withEmpty = false)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (Info.KeySize == 0)
            throw new BpfException(
                $"read all of {Describe()}", new Errno(Errno.EOPNOTSUPP), null, $"maps of type {Info.Type.Name()} have no keys");
        if (!TryScanBatches(handler)) ScanKeys(handler, withEmpty);
    }

    private bool TryScanBatches(BpfMapEntryHandler handler)
    {
        int keySize = (int)Info.KeySize, valueSize = Info.UserValueSize;
        int capacity = Math.Clamp(BatchBytes / (keySize + valueSize), 1, (int)Math.Clamp(Info.MaxEntries, 1, BatchBytes));
        byte[] keys = new byte[capacity * keySize], values = new byte[capacity * valueSize];

        // The hash tables' cursor is a bucket number of 4 bytes, the generic one a key (kernel/bpf/hashtab.c, syscall.c).
        byte[] cursor = new byte[Math.Max(keySize, sizeof(uint))];
        using FdUse use = Use();
        bool first = true;
        while (true)
        {
            int count, result = ReadBatch(use.Number, first, cursor, keys, values, capacity, out count);
            if (first && IsUnsupported(result)) return false;
            while (result == -Errno.ENOSPC)
            {
                // A bucket of the hash holds more than fits: nothing was copied, ask for more.
                capacity = checked(capacity * 2);
                (keys, values) = (new byte[capacity * keySize], new byte[capacity * valueSize]);
                result = ReadBatch(use.Number, first, cursor, keys, values, capacity, out count);
            }

            // EINTR: the generic batch gives up on a key whose entries vanish three times (generic_map_lookup_batch).
            if (result < 0 && result != -Errno.ENOENT && result != -Errno.EINTR) throw Failure("read", result);
            for (int i = 0; i < count; i++)
            {
                if (!handler(keys.AsSpan(i * keySize, keySize), values.AsSpan(i * valueSize, valueSize), default)) return true;
            }

            if (result == -Errno.ENOENT) return true;

            // Without an entry the kernel has not moved the cursor.
            if (count > 0) first = false;
        }
    }

    private static int ReadBatch(int fd, bool first, byte[] cursor, byte[] keys, byte[] values, int capacity, out int count)
    {
        fixed (byte* k = keys, v = values, c = cursor)
        {
            var attr = new MapBatchAttr
            {
                map_fd = (uint)fd, count = (uint)capacity, in_batch = first ? null : c, out_batch = c, keys = k, values = v,
            };
            int result = BpfSyscall.Call(BpfCommand.MapLookupBatch, ref attr);

            // Of a refused command the count is what was asked for.
            count = result is 0 or -Errno.ENOENT or -Errno.EINTR ? (int)Math.Min(attr.count, (uint)capacity) : 0;
            return result;
        }
    }

    private void ScanKeys(BpfMapEntryHandler handler, bool withEmpty)
    {
        byte[] key = [], next = new byte[Info.KeySize], value = new byte[Info.UserValueSize];
        for (long met = 0; met <= (long)Info.MaxEntries * Rounds && TryNextKey(key, next); met++)
        {
            int result;
            fixed (byte* k = next, v = value) result = Element(BpfCommand.MapLookupElem, k, v, 0);
            bool there = result >= 0;
            if (there || withEmpty || result != -Errno.ENOENT)
            {
                if (!handler(next, there ? value : default(ReadOnlySpan<byte>), new Errno(there ? 0 : -result))) return;
            }

            (key, next) = (next, key.Length == 0 ? new byte[Info.KeySize] : key);
        }
    }
}
