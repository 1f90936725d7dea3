using System.Runtime.InteropServices;

namespace Skep.Linux.Processes;

/// <summary>Signals to this process, handled as if it had no handler of its own.</summary>
internal static unsafe partial class DefaultSignal
{
    internal const int SIGQUIT = 3, SIGTSTP = 20;

    // struct sigaction of glibc on 64-bit Linux (bits/sigaction.h); all zero, it is the default. sigset_t (bits/types/__sigset_t.h).
    private const int ActionSize = 152, SetSize = 128, SIG_UNBLOCK = 1;

    /// <summary>Raises a signal with its default action: it ends the process, or stops it until it is continued.</summary>
    internal static void Raise(int signal)
    {
        byte* none = stackalloc byte[ActionSize];
        byte* before = stackalloc byte[ActionSize];
        byte* set = stackalloc byte[SetSize];
        new Span<byte>(none, ActionSize).Clear();
        new Span<byte>(set, SetSize).Clear();
        if (sigaddset(set, signal) != 0 || sigaction(signal, none, before) != 0) return;
        _ = pthread_sigmask(SIG_UNBLOCK, set, null);

        // To this thread: the signal has been acted on when the call returns.
        _ = raise(signal);
        _ = sigaction(signal, before, null);
    }

    [LibraryImport("libc")]
    private static partial int sigaddset(byte* set, int signal);

    [LibraryImport("libc")]
    private static partial int sigaction(int signal, byte* action, byte* before);

    [LibraryImport("libc")]
    private static partial int pthread_sigmask(int how, byte* set, byte* before);

    [LibraryImport("libc")]
    private static partial int raise(int signal);
}
