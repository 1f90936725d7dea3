using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>Pages of a ring buffer's file in this process's memory.</summary>
internal readonly unsafe record struct RingMapping(nint Address, ulong Length)
{
    /// <summary>The position that a page begins with.</summary>
    internal ref ulong Position => ref Unsafe.AsRef<ulong>((void*)Address);

    /// <summary>Maps a piece of the ring, upon <paramref name="replace"/> (a mapping of the same length) unless that is 0.</summary>
    internal static RingMapping Map(BpfMap map, long offset, ulong length, bool writable, nint replace = 0)
    {
        using FdUse use = map.Use();
        int protection = writable ? Libc.PROT_READ | Libc.PROT_WRITE : Libc.PROT_READ;
        int flags = Libc.MAP_SHARED | (replace != 0 ? Libc.MAP_FIXED : 0);
        nint address = Libc.mmap(replace, (nuint)length, protection, flags, use.Number, (nint)offset);
        if (address == Libc.MapFailed)
            throw new BpfException($"map the pages of ring buffer {map.Info.Id}", new Errno(Marshal.GetLastPInvokeError()));
        return new RingMapping(address, length);
    }

    internal void Unmap()
    {
        if (Address != 0) _ = Libc.munmap(Address, (nuint)Length);
    }
}
