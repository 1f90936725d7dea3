using System.Runtime.InteropServices;
using Skep.Linux.Interop;

namespace Skep.Linux.Errors;

/// <summary>A capability of capabilities(7) that BPF or the agent asks for. The numbers are those of linux/capability.h.</summary>
public enum Capability
{
    /// <summary><c>CAP_DAC_READ_SEARCH</c>: reading files of other users.</summary>
    DacReadSearch = 2,

    /// <summary><c>CAP_NET_BIND_SERVICE</c>: listening on ports below 1024.</summary>
    NetBindService = 10,

    /// <summary><c>CAP_NET_ADMIN</c>: network programs and their attachment.</summary>
    NetAdmin = 12,

    /// <summary><c>CAP_NET_RAW</c>.</summary>
    NetRaw = 13,

    /// <summary><c>CAP_IPC_LOCK</c>: locked memory of perf events beyond the limit.</summary>
    IpcLock = 14,

    /// <summary><c>CAP_SYS_PTRACE</c>: reading other processes.</summary>
    SysPtrace = 19,

    /// <summary><c>CAP_SYS_ADMIN</c>: walking objects by id, and all that the two below allow.</summary>
    SysAdmin = 21,

    /// <summary><c>CAP_SYS_RESOURCE</c>: locked memory beyond the limit, before Linux 5.11.</summary>
    SysResource = 24,

    /// <summary><c>CAP_SYSLOG</c>: kernel addresses.</summary>
    Syslog = 34,

    /// <summary><c>CAP_PERFMON</c>: tracing programs and perf events.</summary>
    Perfmon = 38,

    /// <summary><c>CAP_BPF</c>: creating maps, loading programs.</summary>
    Bpf = 39,
}

/// <summary>What this process may do.</summary>
/// <param name="Effective">The effective set, bit n for capability n.</param>
/// <param name="EffectiveUserId">The effective user id.</param>
public readonly unsafe partial record struct ProcessCapabilities(ulong Effective, uint EffectiveUserId)
{
    private const uint Version3 = 0x20080522;

    /// <summary>Reads those of the calling thread.</summary>
    public static ProcessCapabilities Read()
    {
        // capget(2): each word has 32 bits of the effective, the permitted and the inheritable set.
        Span<uint> words = stackalloc uint[6];
        Span<uint> header = [Version3, 0];
        fixed (uint* to = words, of = header)
            if (Libc.syscall(Processor.This.Capget, (nint)of, (nint)to, 0, 0, 0) < 0) words.Clear();
        return new ProcessCapabilities(words[0] | ((ulong)words[3] << 32), geteuid());
    }

    /// <summary>Leaves the calling thread no inheritable ones: a program that it becomes gets none by them.</summary>
    /// <returns>Whether the kernel did so.</returns>
    internal static bool ClearInheritable()
    {
        const int inheritable = 2, second = 3;
        Span<uint> words = stackalloc uint[6];
        Span<uint> header = [Version3, 0];
        fixed (uint* to = words, of = header)
        {
            if (Libc.syscall(Processor.This.Capget, (nint)of, (nint)to, 0, 0, 0) < 0) return false;
            words[inheritable] = words[inheritable + second] = 0;
            return Libc.syscall(Processor.This.Capset, (nint)of, (nint)to, 0, 0, 0) == 0;
        }
    }

    /// <summary>Whether a capability is in the set.</summary>
    public bool Has(Capability capability) => (Effective >> (int)capability & 1) != 0;

    /// <summary>Whether maps can be made and programs loaded: CAP_BPF, or CAP_SYS_ADMIN.</summary>
    public bool CanUseBpf => Has(Capability.Bpf) || Has(Capability.SysAdmin);

    /// <summary>Whether tracing programs can be loaded: CAP_BPF with CAP_PERFMON, or CAP_SYS_ADMIN.</summary>
    public bool CanTrace => (Has(Capability.Bpf) && Has(Capability.Perfmon)) || Has(Capability.SysAdmin);

    [LibraryImport("libc")]
    private static partial uint geteuid();
}
