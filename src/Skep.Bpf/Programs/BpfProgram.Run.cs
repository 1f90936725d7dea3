using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary><c>BPF_F_TEST_*</c> of BPF_PROG_TEST_RUN.</summary>
[Flags]
public enum BpfRunFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>BPF_F_TEST_RUN_ON_CPU</c>: raw tracepoints only.</summary>
    OnCpu = 1 << 0,

    /// <summary><c>BPF_F_TEST_XDP_LIVE_FRAMES</c>: XDP only; the verdict is carried out on real frames (Linux 5.18).</summary>
    XdpLiveFrames = 1 << 1,

    /// <summary><c>BPF_F_TEST_SKB_CHECKSUM_COMPLETE</c> (Linux 6.11).</summary>
    SkbChecksumComplete = 1 << 2,
}

/// <summary>What a test run is given, and where its results go.</summary>
public ref struct BpfRun
{
    /// <summary>Asks for one run with nothing.</summary>
    public BpfRun()
    {
    }

    /// <summary>The packet; the types that take no packet want it empty.</summary>
    public ReadOnlySpan<byte> Data { get; set; }

    /// <summary>Takes the packet after the last run; empty when it is not wanted. Must hold all of it.</summary>
    public Span<byte> DataOut { get; set; }

    /// <summary>
    /// The context: <c>struct xdp_md</c>, <c>struct __sk_buff</c>, raw tracepoint arguments, ... A syscall program's is written back here.
    /// </summary>
    public Span<byte> Context { get; set; }

    /// <summary>Takes the context after the last run; empty when it is not wanted.</summary>
    public Span<byte> ContextOut { get; set; }

    /// <summary>How often to run; at least 1 where the type repeats at all.</summary>
    public int Repeat { get; set; } = 1;

    /// <summary>Flags.</summary>
    public BpfRunFlags Flags { get; set; }

    /// <summary>The CPU, with <see cref="BpfRunFlags.OnCpu"/>.</summary>
    public int Cpu { get; set; }

    /// <summary>Frames at a time, with <see cref="BpfRunFlags.XdpLiveFrames"/>; 0 for the kernel's 64.</summary>
    public int BatchSize { get; set; }
}

/// <summary>What came of a test run.</summary>
/// <param name="ReturnValue">What the program returned at the last run.</param>
/// <param name="DurationNs">Nanoseconds a run took on average; 0 for types that do not measure.</param>
/// <param name="DataLength">Bytes of the packet after the last run.</param>
/// <param name="ContextLength">Bytes of the context after the last run.</param>
public readonly record struct BpfRunResult(uint ReturnValue, uint DurationNs, int DataLength, int ContextLength);

public sealed unsafe partial class BpfProgram
{
    /// <summary>Runs the program without attaching it (BPF_PROG_TEST_RUN).</summary>
    /// <exception cref="NotSupportedByKernelException">Programs of this type have no test run (<c>ENOTSUPP</c>).</exception>
    /// <exception cref="BpfException">
    /// The kernel refused the data or the context (<c>EINVAL</c>), or a buffer is too small (<c>ENOSPC</c>).
    /// </exception>
    public BpfRunResult Run(BpfRun run)
    {
        using FdUse use = Use();
        fixed (byte* data = run.Data, dataOut = run.DataOut, context = run.Context, contextOut = run.ContextOut)
        {
            var attr = new ProgTestRunAttr
            {
                prog_fd = (uint)use.Number,
                data_in = data,
                data_size_in = (uint)run.Data.Length,
                data_out = dataOut,
                data_size_out = (uint)run.DataOut.Length,
                ctx_in = context,
                ctx_size_in = (uint)run.Context.Length,
                ctx_out = contextOut,
                ctx_size_out = (uint)run.ContextOut.Length,

                // Types that do not repeat want 0 here.
                repeat = run.Repeat <= 1 ? 0 : (uint)run.Repeat,
                flags = (uint)run.Flags,
                cpu = (uint)run.Cpu,
                batch_size = (uint)run.BatchSize,
            };
            int result = BpfSyscall.Call(BpfCommand.ProgTestRun, ref attr);
            if (result == -Errno.NotSupported)
            {
                BpfProgramType type = GetInfo().Type;
                throw new NotSupportedByKernelException(
                    $"run {this}", new Errno(-result), $"test runs of {type.Name()} programs",
                    "the type must have a test run; most tracing types have none");
            }

            if (result < 0)
            {
                throw new BpfException(
                    $"run {this}", new Errno(-result),
                    result == -Errno.ENOSPC ? $"give a data buffer of {attr.data_size_out} bytes" : null);
            }

            return new BpfRunResult(attr.retval, attr.duration, (int)attr.data_size_out, (int)attr.ctx_size_out);
        }
    }
}
