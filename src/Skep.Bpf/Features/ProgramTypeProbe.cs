using System.Text;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>
/// Loads <c>r0 = 0; exit</c> as a program of a type. A kernel without the type answers EINVAL and no log (find_prog_type in
/// kernel/bpf/syscall.c); one that has it loads the program, or says in the log what else is wrong with it.
/// </summary>
internal static unsafe class ProgramTypeProbe
{
    private const int LogSize = 4096;

    // BTF type 1 of vmlinux is never a function: the verifier refuses it after it has accepted the type.
    private const uint NoFunction = 1;

    private static readonly ulong[] s_returnZero = [0x00000000_0000_00_b7, 0x00000000_0000_00_95];

    internal static Support Try(BpfProgramType type) => Try(type, DefaultAttach(type));

    internal static Support Try(BpfProgramType type, BpfAttachType attach)
    {
        if (type == BpfProgramType.Unspec) return Support.No;
        int result = Load(type, attach, s_returnZero, out string log);
        if (result >= 0)
        {
            _ = Libc.close(result);
            return Support.Yes;
        }

        if (log.Length != 0) return Support.Yes;
        return result switch
        {
            -Errno.EINVAL => Support.No,
            -Errno.NotSupported when type == BpfProgramType.StructOps => Support.Yes,
            _ => Support.Unknown,
        };
    }

    /// <returns>A descriptor, or the negative error number.</returns>
    internal static int Load(BpfProgramType type, BpfAttachType attach, ReadOnlySpan<ulong> code, out string log)
    {
        byte* buffer = stackalloc byte[LogSize];
        buffer[0] = 0;
        int result;
        fixed (ulong* c = code)
        fixed (byte* license = "GPL\0"u8)
        {
            var attr = new ProgLoadAttr
            {
                prog_type = (uint)type,
                insns = c,
                insn_cnt = (uint)code.Length,
                license = license,
                log_buf = buffer,
                log_size = LogSize,
                log_level = 1,
                expected_attach_type = (uint)attach,
                attach_btf_id = NeedsTarget(type) ? NoFunction : 0,
                prog_flags = type == BpfProgramType.Syscall ? (uint)ProgramLoadFlags.Sleepable : 0,
            };
            result = BpfSyscall.Call(BpfCommand.ProgLoad, ref attr);
            if (result == -Errno.EPERM && MemlockLimit.Raise()) result = BpfSyscall.Call(BpfCommand.ProgLoad, ref attr);
        }

        var bytes = new ReadOnlySpan<byte>(buffer, LogSize);
        int end = bytes.IndexOf((byte)0);
        log = Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        return result;
    }

    internal static bool NeedsTarget(BpfProgramType type) =>
        type is BpfProgramType.Tracing or BpfProgramType.Lsm or BpfProgramType.Ext or BpfProgramType.StructOps;

    internal static BpfAttachType DefaultAttach(BpfProgramType type) => type switch
    {
        BpfProgramType.CgroupSockAddr => BpfAttachType.CgroupInet4Connect,
        BpfProgramType.CgroupSockopt => BpfAttachType.CgroupGetsockopt,
        BpfProgramType.SkLookup => BpfAttachType.SkLookup,
        BpfProgramType.Tracing => BpfAttachType.TraceFentry,
        BpfProgramType.Lsm => BpfAttachType.LsmMac,
        BpfProgramType.Netfilter => BpfAttachType.Netfilter,
        _ => default,
    };
}
