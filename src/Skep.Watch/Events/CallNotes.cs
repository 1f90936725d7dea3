namespace Skep.Watch.Events;

/// <summary>What the reader should know of how a call was seen.</summary>
internal static class CallNotes
{
    public static string? Of(CallFlags flags) =>
        (flags & CallFlags.Open) != 0 ? "its end was not seen: under way when the watch ended, or left by a signal"
        : (flags & CallFlags.NoExit) != 0 ? "the task ended inside the call"
        : (flags & CallFlags.Seccomp) != 0 ? "not executed: trapped by a seccomp filter"
        : (flags & CallFlags.NoEnter) != 0
            ? "seen at its exit only: answered by a seccomp filter, begun before the watch, or one of more than 4096 at once"
        : (flags & CallFlags.Replaced) != 0 ? "another thread put another program behind the returned descriptor before it could be read"
        : (flags & CallFlags.LeftOut) != 0
            ? "its code, logs and names are left out: its user, without CAP_BPF, has no more room in the ring buffer"
        : (flags & CallFlags.Kernel) != 0 ? "made inside the kernel, without a system call: by a BPF program (a light skeleton) or a module"
        : (flags & CallFlags.Compat) != 0 ? "a 32-bit system call"
        : (flags & CallFlags.Common) != 0 ? "with common attributes (BPF_COMMON_ATTRS)"
        : null;

    public static string? OfLoss(uint pieces) =>
        pieces == 0 ? null : $"{pieces} pieces of what it carries found no room in the ring buffer (give a larger --buffer)";
}
