using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;

namespace Skep.Linux.Events;

/// <summary>The ring of one perf event (<c>struct perf_event_mmap_page</c> and the pages after it). Owns the event's descriptor.</summary>
internal sealed unsafe class PerfRing : IDisposable
{
    // data_head and data_tail of struct perf_event_mmap_page.
    internal const int HeadOffset = 1024, TailOffset = 1032;
    private const int HeaderSize = 8;

    private readonly FileHandle _file;
    private readonly byte* _page;
    private readonly byte* _records;
    private readonly nuint _length;
    private readonly ulong _size;
    private byte[] _copy = [];
    private uint _current;
    private bool _disposed;

    internal PerfRing(FileHandle file, int pages)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(int.PopCount(pages), 1);
        _file = file;
        _size = (ulong)pages * (ulong)Environment.SystemPageSize;
        _length = (nuint)_size + (nuint)Environment.SystemPageSize;
        using var use = new FdUse(file);
        nint address = Libc.mmap(0, _length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, use.Number, 0);
        if (address == Libc.MapFailed)
        {
            throw new KernelException(
                "map a perf ring", new Errno(Marshal.GetLastPInvokeError()), "raise kernel.perf_event_mlock_kb, or run as root");
        }

        _page = (byte*)address;
        _records = _page + Environment.SystemPageSize;
    }

    /// <summary>Where the records end that are ready now.</summary>
    internal ulong Head
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return Volatile.Read(ref Unsafe.AsRef<ulong>(_page + HeadOffset));
        }
    }

    /// <summary>The oldest record, with its header. Valid until <see cref="Advance"/>, which must follow.</summary>
    /// <param name="end">
    /// A <see cref="Head"/>: what came after it is left to the next reading, or a busy writer would keep the reader.
    /// </param>
    /// <param name="record">The record.</param>
    internal bool TryRead(ulong end, out ReadOnlySpan<byte> record)
    {
        record = default;
        ulong tail = *(ulong*)(_page + TailOffset);
        if (tail == end) return false;

        // Records are multiples of 8 bytes, so a header never wraps.
        ulong start = tail & (_size - 1);
        _current = *(ushort*)(_records + start + 6);
        if (_current < HeaderSize) throw new InvalidDataException($"a perf ring holds a record of {_current} bytes");
        uint first = (uint)Math.Min(_current, _size - start);
        if (first == _current)
        {
            record = new ReadOnlySpan<byte>(_records + start, (int)_current);
            return true;
        }

        if (_copy.Length < _current) _copy = new byte[_current];
        new ReadOnlySpan<byte>(_records + start, (int)first).CopyTo(_copy);
        new ReadOnlySpan<byte>(_records, (int)(_current - first)).CopyTo(_copy.AsSpan((int)first));
        record = _copy.AsSpan(0, (int)_current);
        return true;
    }

    /// <summary>Gives the record's room back to the kernel.</summary>
    internal void Advance()
    {
        ref ulong tail = ref Unsafe.AsRef<ulong>(_page + TailOffset);
        Volatile.Write(ref tail, tail + _current);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _ = Libc.munmap((nint)_page, _length);
        _file.Dispose();
    }
}
