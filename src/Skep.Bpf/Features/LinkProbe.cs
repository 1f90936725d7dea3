using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>
/// Asks for a link to a target that cannot be. A kernel without such links answers EINVAL before it looks at the target; one that has them
/// looks for the target and names what is wrong with it. Nothing is ever attached.
/// </summary>
internal static unsafe class LinkProbe
{
    private const int EAFNOSUPPORT = 97;
    private const uint Loopback = 1, XdpHardwareMode = 1 << 3;
    private const int NoTarget = -1;

    private static readonly ulong[] s_returnOne = [0x00000001_0000_00_b7, 0x00000000_0000_00_95];

    internal static Support Try(BpfAttachType type)
    {
        if (Programs(type) is not { } program) return Support.Unknown;
        int fd = ProgramTypeProbe.Load(program, program is BpfProgramType.SchedCls ? default : type, s_returnOne, out _);
        if (fd < 0) return fd == -Errno.EINVAL ? Support.No : Support.Unknown;
        try
        {
            // Loopback cannot run XDP in a card's hardware; the other targets do not exist.
            var attr = new LinkCreateAttr
            {
                prog_fd = (uint)fd,
                target_fd = type == BpfAttachType.Xdp ? Loopback : type == BpfAttachType.Netfilter ? 0 : unchecked((uint)NoTarget),
                attach_type = (uint)type,
                flags = type == BpfAttachType.Xdp ? XdpHardwareMode : 0,
            };
            int result = BpfSyscall.Call(BpfCommand.LinkCreate, ref attr);
            if (result >= 0) _ = Libc.close(result);
            return result switch
            {
                >= 0 or -Errno.EBADF or -Errno.ENODEV or -EAFNOSUPPORT or -Errno.EOPNOTSUPP => Support.Yes,
                -Errno.EINVAL => Support.No,
                _ => Support.Unknown,
            };
        }
        finally
        {
            _ = Libc.close(fd);
        }
    }

    private static BpfProgramType? Programs(BpfAttachType type) => type switch
    {
        BpfAttachType.Xdp => BpfProgramType.Xdp,
        BpfAttachType.TcxIngress or BpfAttachType.TcxEgress => BpfProgramType.SchedCls,
        BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer => BpfProgramType.SchedCls,
        BpfAttachType.CgroupInetIngress or BpfAttachType.CgroupInetEgress => BpfProgramType.CgroupSkb,
        BpfAttachType.Netfilter => BpfProgramType.Netfilter,
        BpfAttachType.PerfEvent => BpfProgramType.Tracepoint,
        _ => null,
    };
}
