using System.Text;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>What a descriptor of a task attaches a program to (<c>enum bpf_task_fd_type</c>).</summary>
public enum TaskDescriptorKind : uint
{
    /// <summary>A raw tracepoint.</summary>
    RawTracepoint = 0,

    /// <summary>A tracepoint.</summary>
    Tracepoint = 1,

    /// <summary>A kernel function's entry.</summary>
    Kprobe = 2,

    /// <summary>A kernel function's return.</summary>
    Kretprobe = 3,

    /// <summary>A place in an executable file.</summary>
    Uprobe = 4,

    /// <summary>The return of a function of an executable file.</summary>
    Uretprobe = 5,
}

/// <summary>The program behind a perf event or raw tracepoint that a task holds open, with or without a link (BPF_TASK_FD_QUERY).</summary>
/// <param name="ProgramId">The program.</param>
/// <param name="Kind">What it is attached to.</param>
/// <param name="Name">The tracepoint, the function or the file; empty for a function by address.</param>
/// <param name="Offset">Bytes from the function's or the file's start.</param>
/// <param name="Address">The address, of a function without a name.</param>
public sealed record TaskDescriptor(uint ProgramId, TaskDescriptorKind Kind, string Name, ulong Offset, ulong Address)
{
    private const int NameCapacity = 4096;

    /// <summary>Asks about one descriptor. Needs CAP_SYS_ADMIN.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="fd">Its descriptor.</param>
    /// <returns>Null when the descriptor attaches no program, or is gone.</returns>
    /// <exception cref="BpfException">It may not be asked.</exception>
    public static unsafe TaskDescriptor? Query(int pid, int fd)
    {
        byte* name = stackalloc byte[NameCapacity];
        name[0] = 0;
        var attr = new TaskFdQueryAttr { pid = (uint)pid, fd = (uint)fd, buf = name, buf_len = NameCapacity };
        int result = BpfSyscall.Call(BpfCommand.TaskFdQuery, ref attr);
        if (result == -Errno.EPERM) throw new BpfException($"ask about descriptor {fd} of process {pid}", new Errno(-result));
        if (result < 0) return null;
        var bytes = new ReadOnlySpan<byte>(name, NameCapacity);
        int end = bytes.IndexOf((byte)0);
        return new TaskDescriptor(
            attr.prog_id, (TaskDescriptorKind)attr.fd_type, Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]), attr.probe_offset,
            (ulong)attr.probe_addr);
    }
}
