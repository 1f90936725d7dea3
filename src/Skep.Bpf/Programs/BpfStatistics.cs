using Skep.Bpf.Interop;
using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>Keeps the kernel counting run time and runs of all programs as long as it is open (BPF_ENABLE_STATS).</summary>
public sealed class BpfStatistics : BpfHandle
{
    private BpfStatistics(int fd)
        : base(fd)
    {
    }

    /// <summary>Turns the statistics on. They go off when the last holder closes, also when it is killed.</summary>
    public static BpfStatistics Enable()
    {
        EnableStatsAttr attr = default;
        int result = BpfSyscall.Call(BpfCommand.EnableStats, ref attr);
        return result >= 0 ? new BpfStatistics(result) : throw new BpfException("turn BPF statistics on", new Errno(-result));
    }
}
