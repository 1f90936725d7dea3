using System.Runtime.InteropServices;
using Skep.Linux.Interop;

namespace Skep.Bpf.Tests;

/// <summary>A directory's descriptor, which FileStream does not give.</summary>
internal sealed class DirectoryHandle : SafeHandle
{
    private DirectoryHandle()
        : base(-1, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle < 0;

    internal static DirectoryHandle Open(string path)
    {
        const int closeOnExec = 0x80000;
        var handle = new DirectoryHandle();
        handle.SetHandle(Libc.open(path, closeOnExec));
        Assert.False(handle.IsInvalid, path);
        return handle;
    }

    protected override bool ReleaseHandle() => Libc.close((int)handle) == 0;
}
