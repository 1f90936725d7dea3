using System.Globalization;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;

namespace Skep.Linux.Processes;

/// <summary>
/// What a process can do at most: the capabilities that it can ever have (its bounding set), whether programs that it starts can gain
/// privileges, and whether its system calls are filtered.
/// </summary>
/// <param name="Bounding">The bounding set, bit n for capability n.</param>
/// <param name="NoNewPrivileges">Whether no program gains privileges.</param>
/// <param name="Filtered">Whether a filter of system calls is in force.</param>
public readonly unsafe partial record struct Confinement(ulong Bounding, bool NoNewPrivileges, bool Filtered)
{
    // linux/prctl.h
    private const int PR_CAPBSET_DROP = 24, PR_GET_SECUREBITS = 27, PR_SET_NO_NEW_PRIVS = 38, PR_CAP_AMBIENT = 47;
    private const nuint PR_CAP_AMBIENT_CLEAR_ALL = 4;

    // linux/securebits.h: a program that root starts has no capabilities by being root's.
    private const int SECBIT_NOROOT = 1;
    private const int MostCapabilities = 64;

    /// <summary>Reads that of the calling thread.</summary>
    public static Confinement Read()
    {
        (ulong bounding, bool privileges, bool filtered) = (0, false, false);
        KernelFile.ReadLines("/proc/thread-self/status", line =>
        {
            if (Value(line, "CapBnd:") is { } set) bounding = ulong.Parse(set, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (Value(line, "NoNewPrivs:") is { } one) privileges = one != "0";
            if (Value(line, "Seccomp:") is { } mode) filtered = mode != "0";
        });
        return new(bounding, privileges, filtered);
    }

    /// <summary>
    /// Binds this process to some capabilities, and denies it calls that it never makes. Capabilities are a thread's, and the runtime has
    /// several by now: the bound is set by this thread, which then becomes the same program once more, with the same arguments. Where it is
    /// bound already, by what started it, it goes on, and calls are denied to all of its threads.
    /// </summary>
    /// <param name="wanted">The capabilities.</param>
    /// <returns>Why it is not bound; null when it is.</returns>
    public static string? Confine(params ReadOnlySpan<Capability> wanted)
    {
        ulong keep = 0;
        foreach (Capability one in wanted) keep |= 1UL << (int)one;
        Confinement now = Read();
        if ((now.Bounding & ~keep) == 0 && now.NoNewPrivileges)
        {
            // Where the kernel has no such filters, the bound stands.
            if (!now.Filtered) _ = DeniedCalls.Add();
            return null;
        }

        // Who is not root would have none as the new program.
        if (ProcessCapabilities.Read().EffectiveUserId != 0 || (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) & SECBIT_NOROOT) != 0)
            return "capabilities that come by another way than by being root are not inherited";
        for (int one = 0; one < MostCapabilities; one++)
        {
            ulong bit = 1UL << one;
            if ((now.Bounding & bit) == 0 || (keep & bit) != 0) continue;
            if (prctl(PR_CAPBSET_DROP, (nuint)one, 0, 0, 0) != 0) return Refused("drop capabilities");
        }

        if (!ProcessCapabilities.ClearInheritable() || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
            return Refused("drop inherited capabilities");
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Refused("gain no privileges");
        _ = DeniedCalls.Add();
        // Behind that it would begin anew without end.
        now = Read();
        if ((now.Bounding & ~keep) != 0 || !now.NoNewPrivileges) return "the kernel does not keep to it";
        using NativeStrings arguments = NativeStrings.Arguments(), environment = NativeStrings.Environment();
        using var path = new NativeStrings([Environment.ProcessPath ?? "/proc/self/exe", "/proc/self/exe"]);
        _ = execve(path.Array[0], arguments.Array, environment.Array);
        // It was replaced or removed since it was started.
        _ = execve(path.Array[1], arguments.Array, environment.Array);
        return Refused("start again with fewer capabilities");
    }

    private static string? Value(string line, string key) =>
        line.StartsWith(key, StringComparison.Ordinal) ? line[key.Length..].Trim() : null;

    private static string Refused(string what) => $"{what}: {new Errno(Marshal.GetLastPInvokeError())}";

    // https://man7.org/linux/man-pages/man2/prctl.2.html
    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);

    // https://man7.org/linux/man-pages/man2/execve.2.html
    [LibraryImport("libc", SetLastError = true)]
    private static partial int execve(byte* path, byte** argv, byte** envp);
}
