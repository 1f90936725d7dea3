using System.Runtime.InteropServices;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

public sealed unsafe partial class BpfMap
{
    private const int Attempts = 16;

    /// <summary>
    /// Creates an arena (Linux 6.9) and maps all its pages into memory. Programs address it by offset: its address here is a multiple of
    /// 4 GiB, and programs use the lower 32 bits of an address.
    /// </summary>
    /// <param name="name">The kernel's name for it.</param>
    /// <param name="pages">Pages that it has.</param>
    /// <param name="memory">The pages, of zeros.</param>
    /// <exception cref="NotSupportedByKernelException">The kernel does not know arenas.</exception>
    /// <exception cref="BpfException">The kernel has no memory for it.</exception>
    public static BpfMap CreateArena(string name, uint pages, out BpfMapMemory memory)
    {
        nuint length = (nuint)pages * (nuint)Environment.SystemPageSize;
        for (int attempt = 1; ; attempt++)
        {
            // The address is the arena's for good, and must be free in this process.
            ulong address = (ulong)Random.Shared.Next(0x1000, 0x5000) << 32;
            BpfMap map = Create(new(BpfMapType.Arena, 0, 0, pages) { Name = name, Flags = MapFlags.Mappable, Extra = address });
            using FdUse use = map.Use();
            nint start = Libc.mmap(
                (nint)address, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_POPULATE | Libc.MAP_FIXED_NOREPLACE,
                use.Number, 0);
            if (start != Libc.MapFailed)
            {
                memory = new BpfMapMemory(start, checked((int)length), length, writable: true);
                return map;
            }
            var error = new Errno(Marshal.GetLastPInvokeError());
            map.Dispose();
            if (error.Name != "EEXIST" || attempt == Attempts) throw new BpfException($"map the {pages} pages of arena {name}", error);
        }
    }

    /// <summary>Maps the pages of an arena that was created with an address, which they get here too.</summary>
    /// <exception cref="BpfException">It is no such arena, or its address is not free in this process.</exception>
    public BpfMapMemory MapArena()
    {
        BpfMapInfo info = Info;
        nuint length = (nuint)info.MaxEntries * (nuint)Environment.SystemPageSize;
        using FdUse use = Use();
        nint start = info.Type == BpfMapType.Arena && info.Extra != 0
            ? Libc.mmap(
                (nint)info.Extra, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED | Libc.MAP_FIXED_NOREPLACE, use.Number, 0)
            : throw new BpfException($"map the pages of {Describe()}", new Errno(Errno.EINVAL), "create it with CreateArena");
        if (start == Libc.MapFailed)
            throw new BpfException($"map the pages of {Describe()}", new Errno(Marshal.GetLastPInvokeError()));
        return new BpfMapMemory(start, checked((int)length), length, writable: true);
    }
}
