using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Handles;
using Skep.Linux.Interop;

namespace Skep.Linux.Processes;

/// <summary>Signals to processes of others.</summary>
public static class ProcessSignal
{
    // signal(7): the same on all processors that skep runs on.
    private static readonly (string Name, int Number)[] All = [("KILL", 9), ("TERM", 15), ("STOP", 19)];

    /// <summary>The names of those that can be sent.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(signal => signal.Name)];

    /// <summary>Sends a signal to a process, unless its number is another one's by now.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="isMeant">Asked when the process cannot become another one any more.</param>
    /// <returns>Whether it was sent.</returns>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public static bool Send(uint pid, string name, Func<bool> isMeant)
    {
        ArgumentNullException.ThrowIfNull(isMeant);
        int number = All.First(signal => signal.Name == name).Number;
        string what = $"send SIG{name} to process {pid}";
        long opened = Libc.syscall(Processor.PidfdOpen, (nint)pid, 0, 0, 0, 0);
        if (opened < 0) return IsGone(what);
        using FileHandle process = FileHandle.Own((int)opened, what);
        if (!isMeant()) return false;
        using var use = new FdUse(process);
        return Libc.syscall(Processor.PidfdSendSignal, use.Number, number, 0, 0, 0) >= 0 || IsGone(what);
    }

    private static bool IsGone(string what)
    {
        const int esrch = 3;
        int error = Marshal.GetLastPInvokeError();
        return error == esrch ? false : throw new KernelException(what, new Errno(error));
    }
}
