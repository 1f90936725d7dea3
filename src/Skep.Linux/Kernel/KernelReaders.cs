using Skep.Linux.Interop;

namespace Skep.Linux.Kernel;

/// <summary>The kernel's readers: whoever runs in it without being preempted, BPF programs of tracepoints among them.</summary>
public static class KernelReaders
{
    private const int MEMBARRIER_CMD_GLOBAL = 1;

    /// <summary>
    /// Waits until every program that was running has ended (an RCU grace period, by membarrier(2)): what a detached program
    /// did is then all there. Without membarrier it does not wait.
    /// </summary>
    public static void Wait() => _ = TryWait();

    /// <summary>The same.</summary>
    /// <returns>False when the kernel has no membarrier, or runs CPUs without ticks (nohz_full): then it does not wait.</returns>
    public static bool TryWait() => Libc.syscall(Processor.This.Membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0, 0, 0) == 0;
}
