using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

public sealed unsafe partial class BpfMap
{
    /// <summary>
    /// Sets many entries: one system call where the map type has batches (Linux 5.6), one an entry elsewhere.
    /// </summary>
    /// <param name="keys">The keys, one after the other.</param>
    /// <param name="values">As many values of <see cref="BpfMapInfo.UserValueSize"/> bytes.</param>
    /// <param name="mode">What to do when a key is or is not there.</param>
    /// <exception cref="BpfException">The kernel refused an entry; those before it are set.</exception>
    public void UpdateBatch(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, BpfMapUpdate mode = BpfMapUpdate.Any)
    {
        int keySize = (int)Info.KeySize, valueSize = Info.UserValueSize;
        int count = CountOf(keys.Length, keySize);
        if ((long)values.Length != (long)count * valueSize)
            throw new ArgumentException($"{count} keys need {(long)count * valueSize} bytes of values, not {values.Length}");
        if (count == 0) return;
        int result = Batch(BpfCommand.MapUpdateBatch, keys, values, count, (ulong)mode);
        if (IsUnsupported(result))
        {
            for (int i = 0; i < count; i++) Update(keys.Slice(i * keySize, keySize), values.Slice(i * valueSize, valueSize), mode);
            return;
        }

        if (result < 0) throw Failure($"update {count} elements of", result);
    }

    /// <summary>
    /// Puts the descriptors of other BPF objects as values: many at once, since the kernel waits for its readers after each call.
    /// </summary>
    /// <param name="keys">The keys, one after the other.</param>
    /// <param name="targets">As many programs or inner maps.</param>
    /// <exception cref="BpfException">The kernel refused one; those before it are set.</exception>
    public void UpdateBatch(ReadOnlySpan<byte> keys, IReadOnlyList<BpfHandle> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var held = new List<BpfHandle>();
        var values = new int[targets.Count];
        try
        {
            for (int i = 0; i < values.Length; i++)
            {
                bool isHeld = false;
                targets[i].DangerousAddRef(ref isHeld);
                held.Add(targets[i]);
                values[i] = (int)targets[i].DangerousGetHandle();
            }

            UpdateBatch(keys, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        }
        finally
        {
            foreach (BpfHandle handle in held) handle.DangerousRelease();
        }
    }

    /// <summary>Removes many keys; one that is not there is not an error.</summary>
    /// <param name="keys">The keys, one after the other.</param>
    /// <returns>How many were there.</returns>
    public int DeleteBatch(ReadOnlySpan<byte> keys)
    {
        int keySize = (int)Info.KeySize;
        int count = CountOf(keys.Length, keySize), deleted = 0, at = 0;
        while (at < count)
        {
            int done = count - at;
            int result = BatchCounted(BpfCommand.MapDeleteBatch, keys[(at * keySize)..], default, ref done, 0);
            if (IsUnsupported(result)) break;
            if (result < 0 && result != -Errno.ENOENT) throw Failure($"delete {count} elements of", result);
            deleted += done;
            at += done;

            // ENOENT stops the kernel at the key that is missing; `done` counts those before it.
            if (result == -Errno.ENOENT) at++;
        }

        for (; at < count; at++)
        {
            if (Delete(keys.Slice(at * keySize, keySize))) deleted++;
        }

        return deleted;
    }

    /// <summary>
    /// Copies all entries out: in batches where the map type has them, key by key elsewhere. Entries that come and go meanwhile
    /// may or may not be there; under deletes a key-by-key walk may meet an entry twice.
    /// </summary>
    /// <returns>Keys and values, one after the other, and how many.</returns>
    public BpfMapEntries ReadAll()
    {
        int keySize = (int)Info.KeySize, valueSize = Info.UserValueSize;
        byte[] keys = [], values = [];
        int total = 0;
        Scan((key, value, error) =>
        {
            if (error.Number != 0) throw Failure("look up an element of", -error.Number);
            Grow(ref keys, (total + 1) * keySize, total * keySize);
            Grow(ref values, (total + 1) * valueSize, total * valueSize);
            key.CopyTo(keys.AsSpan(total * keySize));
            value.CopyTo(values.AsSpan(total * valueSize));
            total++;
            return true;
        });
        return new BpfMapEntries(total, keySize, valueSize, keys, values);
    }

    private int Batch(BpfCommand command, ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, int count, ulong elementFlags) =>
        BatchCounted(command, keys, values, ref count, elementFlags);

    private int BatchCounted(BpfCommand command, ReadOnlySpan<byte> keys, ReadOnlySpan<byte> values, ref int count, ulong elementFlags)
    {
        using FdUse use = Use();
        fixed (byte* k = keys, v = values)
        {
            var attr = new MapBatchAttr { map_fd = (uint)use.Number, keys = k, values = v, count = (uint)count, elem_flags = elementFlags };
            int result = BpfSyscall.Call(command, ref attr);
            count = (int)attr.count;
            return result;
        }
    }

    // ENOTSUPP is what a map type without the operation gives; EINVAL a kernel without the command.
    private static bool IsUnsupported(int result) => result is -Errno.NotSupported or -Errno.EINVAL or -Errno.EOPNOTSUPP;

    private static int CountOf(int bytes, int keySize)
    {
        if (keySize == 0 || bytes % keySize != 0) throw new ArgumentException($"{bytes} bytes are not a whole number of keys of {keySize}");
        return bytes / keySize;
    }

    private static void Grow(ref byte[] buffer, int needed, int used)
    {
        if (buffer.Length >= needed) return;
        var larger = new byte[Math.Max(needed, buffer.Length * 2)];
        buffer.AsSpan(0, used).CopyTo(larger);
        buffer = larger;
    }
}
