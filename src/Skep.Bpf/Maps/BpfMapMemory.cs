using System.Runtime.InteropServices;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>
/// The values of an array map, each rounded up to 8 bytes, or the pages of an arena, shared with the kernel. Outlives the map's handle.
/// </summary>
public sealed unsafe class BpfMapMemory : SafeHandle
{
    private readonly nuint _mapped;

    internal BpfMapMemory(nint address, int length, nuint mapped, bool writable)
        : base(0, ownsHandle: true)
    {
        SetHandle(address);
        Length = length;
        _mapped = mapped;
        IsWritable = writable;
    }

    /// <summary>Bytes of all values.</summary>
    public int Length { get; }

    /// <summary>Whether <see cref="Write"/> may be called.</summary>
    public bool IsWritable { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Copies bytes out, at an offset from the first value.</summary>
    public void Read(int offset, Span<byte> target) => Bytes(offset, target.Length).CopyTo(target);

    /// <summary>Reads an unmanaged value at an offset: one load, when it is aligned and of at most 8 bytes.</summary>
    public T Read<T>(int offset) where T : unmanaged => MemoryMarshal.Read<T>(Bytes(offset, sizeof(T)));

    /// <summary>Writes bytes at an offset.</summary>
    /// <exception cref="InvalidOperationException">The memory was mapped to be read only.</exception>
    public void Write(int offset, ReadOnlySpan<byte> source)
    {
        if (!IsWritable) throw new InvalidOperationException("the map's values are mapped to be read only");
        source.CopyTo(Bytes(offset, source.Length));
    }

    /// <summary>
    /// Writes a number of 4 or 8 bytes at an aligned offset by one store, which no program sees before what was written earlier.
    /// </summary>
    /// <exception cref="InvalidOperationException">The memory was mapped to be read only.</exception>
    public void Store(int offset, uint value) => Volatile.Write(ref Number<uint>(offset), value);

    /// <inheritdoc cref="Store(int, uint)"/>
    public void Store(int offset, ulong value) => Volatile.Write(ref Number<ulong>(offset), value);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.munmap(handle, _mapped) == 0;

    private ref T Number<T>(int offset) where T : unmanaged
    {
        if (!IsWritable) throw new InvalidOperationException("the map's values are mapped to be read only");
        if (offset % sizeof(T) != 0) throw new ArgumentException($"offset {offset} is no multiple of {sizeof(T)}", nameof(offset));
        return ref MemoryMarshal.AsRef<T>(Bytes(offset, sizeof(T)));
    }

    private Span<byte> Bytes(int offset, int length)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        return new Span<byte>((void*)handle, Length).Slice(offset, length);
    }
}
