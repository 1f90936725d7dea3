using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>The streams of text that a program writes to (<c>enum bpf_stream_id</c>).</summary>
public enum BpfStream : uint
{
    /// <summary><c>BPF_STDOUT</c>.</summary>
    Output = 1,

    /// <summary><c>BPF_STDERR</c>: the kernel writes there as well.</summary>
    Error = 2,
}

public sealed unsafe partial class BpfProgram
{
    /// <summary>Takes text out of a stream of the program (BPF_PROG_STREAM_READ_BY_FD, Linux 6.17): nobody else reads it then.</summary>
    /// <param name="stream">Which stream.</param>
    /// <param name="text">Where to.</param>
    /// <returns>How many bytes there were; null where the kernel has no streams.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public int? ReadStream(BpfStream stream, Span<byte> text)
    {
        using FdUse use = Use();
        fixed (byte* buffer = text)
        {
            var attr = new ProgStreamReadAttr
            {
                stream_buf = buffer, stream_buf_len = (uint)text.Length, stream_id = (uint)stream, prog_fd = (uint)use.Number,
            };
            int result = BpfSyscall.Call(BpfCommand.ProgStreamReadByFd, ref attr);

            // A kernel that does not know the command.
            if (result == -Errno.EINVAL) return null;
            return result >= 0 ? result : throw new BpfException($"read a stream of {this}", new Errno(-result));
        }
    }
}
