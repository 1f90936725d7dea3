using Skep.Linux.Errors;

namespace Skep.Bpf.Interop;

/// <summary>BPF_MAP_CREATE.</summary>
internal static class MapCreation
{
    /// <returns>A descriptor, or the negative error number.</returns>
    internal static int Create(ref MapCreateAttr attr)
    {
        int result = BpfSyscall.Call(BpfCommand.MapCreate, ref attr);
        return result == -Errno.EPERM && MemlockLimit.Raise() ? BpfSyscall.Call(BpfCommand.MapCreate, ref attr) : result;
    }
}
