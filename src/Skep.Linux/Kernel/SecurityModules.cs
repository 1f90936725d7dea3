using Skep.Linux.Interop;

namespace Skep.Linux.Kernel;

/// <summary>The active modules of the LSM framework.</summary>
public static class SecurityModules
{
    // LSM_ID_CAPABILITY of linux/lsm.h, and those that follow it.
    private const int FirstId = 100, MostModules = 64;

    private static readonly string[] Names =
    [
        "capability", "selinux", "smack", "tomoyo", "apparmor", "yama", "loadpin", "safesetid", "lockdown", "bpf", "landlock", "ima", "evm",
        "ipe",
    ];

    /// <summary>
    /// Their names, in order, by lsm_list_modules(2) (Linux 6.8) or, without it, by securityfs; null where neither tells.
    /// </summary>
    public static unsafe IReadOnlyList<string>? Active()
    {
        Span<ulong> ids = stackalloc ulong[MostModules];
        uint size = MostModules * sizeof(ulong);
        long count;
        fixed (ulong* to = ids) count = Libc.syscall(Processor.LsmListModules, (nint)to, (nint)(&size), 0, 0, 0);
        if (count < 0) return KernelFile.Text("/sys/kernel/security/lsm").Value?.Trim().Split(',');
        var names = new string[count];
        for (int i = 0; i < names.Length; i++) names[i] = NameOf(ids[i]);
        return names;
    }

    private static string NameOf(ulong id)
    {
        ulong place = id - FirstId;
        return place < (ulong)Names.Length ? Names[place] : $"module {id}";
    }
}
