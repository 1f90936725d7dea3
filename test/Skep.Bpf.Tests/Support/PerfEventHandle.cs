using System.Runtime.InteropServices;
using Skep.Linux.Interop;

namespace Skep.Bpf.Tests;

/// <summary>A perf event on CPU 0 for all tasks.</summary>
internal sealed class PerfEventHandle : SafeHandle
{
    private PerfEventHandle()
        : base(-1, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle < 0;

    internal static unsafe PerfEventHandle Open(ReadOnlySpan<ulong> attr)
    {
        const int perfEventOpen = 298, allTasks = -1, cpu = 0, noGroup = -1, closeOnExec = 8;
        var handle = new PerfEventHandle();
        fixed (ulong* a = attr) handle.SetHandle(Libc.syscall(perfEventOpen, (nint)a, allTasks, cpu, noGroup, closeOnExec));
        Assert.False(handle.IsInvalid);
        return handle;
    }

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
