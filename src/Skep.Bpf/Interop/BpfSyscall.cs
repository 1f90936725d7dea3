using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf.Interop;

/// <summary>The one place that calls bpf(2).</summary>
internal static unsafe class BpfSyscall
{
    // bpf_check gives EAGAIN when a signal is pending (kernel/bpf/verifier.c, do_check); libbpf retries five times as well.
    private const int LoadAttempts = 5;

    /// <returns>The call's result, or the negative error number.</returns>
    internal static int Call<T>(BpfCommand command, ref T attr) where T : unmanaged => Call(command, ref attr, sizeof(T));

    internal static int Call<T>(BpfCommand command, ref T attr, int size) where T : unmanaged
    {
        int attempts = command == BpfCommand.ProgLoad ? LoadAttempts : 1;
        while (true)
        {
            nint result = Libc.syscall(Processor.This.Bpf, (nint)command, (nint)Unsafe.AsPointer(ref attr), size, 0, 0);
            if (result >= 0) return (int)result;
            int error = Marshal.GetLastPInvokeError();
            if (error == Errno.EAGAIN && --attempts > 0) continue;
            return -error;
        }
    }
}
