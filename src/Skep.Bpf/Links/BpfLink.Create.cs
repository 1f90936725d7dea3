using System.Runtime.InteropServices;
using System.Text;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary>How XDP runs on a device.</summary>
public enum XdpMode : uint
{
    /// <summary>The driver's where it has one, else generic.</summary>
    Default = 0,

    /// <summary><c>XDP_FLAGS_SKB_MODE</c>: generic, in the network stack.</summary>
    Generic = 1 << 1,

    /// <summary><c>XDP_FLAGS_DRV_MODE</c>: native, in the driver.</summary>
    Native = 1 << 2,

    /// <summary><c>XDP_FLAGS_HW_MODE</c>: in the card.</summary>
    Hardware = 1 << 3,
}

public sealed unsafe partial class BpfLink
{
    /// <summary>Attaches an XDP program to a device of this thread's network namespace.</summary>
    /// <param name="program">
    /// A program of type <see cref="BpfProgramType.Xdp"/> with expected attach type <see cref="BpfAttachType.Xdp"/>.
    /// </param>
    /// <param name="ifIndex">The device.</param>
    /// <param name="mode">How it is to run.</param>
    /// <exception cref="BpfException">
    /// Another program is there (<c>EBUSY</c>, <c>EEXIST</c>), the driver has no XDP (<c>EOPNOTSUPP</c>), ...
    /// </exception>
    public static BpfLink AttachXdp(BpfProgram program, uint ifIndex, XdpMode mode = XdpMode.Default) => Create(
        new LinkCreateAttr { target_fd = ifIndex, attach_type = (uint)BpfAttachType.Xdp, flags = (uint)mode }, program,
        $"device {ifIndex}");

    /// <summary>Attaches a tc program to a device by tcx, after those that are there.</summary>
    /// <param name="program">A program of type <see cref="BpfProgramType.SchedCls"/>.</param>
    /// <param name="ifIndex">The device.</param>
    /// <param name="type"><see cref="BpfAttachType.TcxIngress"/> or <see cref="BpfAttachType.TcxEgress"/>.</param>
    public static BpfLink AttachTcx(BpfProgram program, uint ifIndex, BpfAttachType type) => Create(
        new LinkCreateAttr { target_fd = ifIndex, attach_type = (uint)type }, program, $"device {ifIndex}");

    /// <summary>Attaches a program to a cgroup, a network namespace, a sockmap: whatever has a descriptor.</summary>
    /// <param name="program">The program.</param>
    /// <param name="target">The cgroup's directory, the namespace's file, the map.</param>
    /// <param name="type">Where.</param>
    public static BpfLink Attach(BpfProgram program, SafeHandle target, BpfAttachType type)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var where = new FdUse(target);
        return Create(new LinkCreateAttr { target_fd = (uint)where.Number, attach_type = (uint)type }, program, type.Name());
    }

    /// <summary>Attaches a program to a perf event: kprobe, uprobe, tracepoint, counter.</summary>
    /// <param name="program">The program.</param>
    /// <param name="perfEvent">A descriptor of perf_event_open.</param>
    /// <param name="cookie">What the program reads by bpf_get_attach_cookie.</param>
    public static BpfLink AttachPerfEvent(BpfProgram program, SafeHandle perfEvent, ulong cookie = 0)
    {
        ArgumentNullException.ThrowIfNull(perfEvent);
        using var where = new FdUse(perfEvent);
        var attr =
            new LinkCreateAttr
            {
                target_fd = (uint)where.Number, attach_type = (uint)BpfAttachType.PerfEvent,
                perf_event_bpf_cookie = cookie
            };
        return Create(attr, program, "a perf event");
    }

    /// <summary>Attaches a tracing program to the function that it was loaded for: fentry, fexit, fmod_ret, LSM.</summary>
    /// <param name="program">The program.</param>
    /// <param name="type">Its expected attach type.</param>
    /// <param name="cookie">What the program reads by bpf_get_attach_cookie.</param>
    public static BpfLink AttachTracing(BpfProgram program, BpfAttachType type, ulong cookie = 0)
    {
        ArgumentNullException.ThrowIfNull(program);
        using FdUse use = program.Use();
        var attr = new LinkCreateAttr { prog_fd = (uint)use.Number, attach_type = (uint)type, tracing_cookie = cookie };
        int result = BpfSyscall.Call(BpfCommand.LinkCreate, ref attr);
        if (result == -Errno.EINVAL && cookie == 0)
        {
            // Before Linux 5.19 the target of the load is attached to by this command, without a name.
            var open = new RawTracepointAttr { prog_fd = (uint)use.Number };
            result = BpfSyscall.Call(BpfCommand.RawTracepointOpen, ref open);
        }

        return result >= 0 ? new BpfLink(result) : throw new BpfException($"attach {program} by {type.Name()}", new Errno(-result));
    }

    /// <summary>Attaches an iterator; <see cref="OpenIterator"/> reads it.</summary>
    /// <param name="program">A tracing program with expected attach type <see cref="BpfAttachType.TraceIter"/>.</param>
    /// <param name="map">For iterators over a map's elements: the map.</param>
    public static BpfLink AttachIterator(BpfProgram program, BpfMap? map = null)
    {
        using var over = new FdUse(map);
        uint info = (uint)over.Number;
        var attr = new LinkCreateAttr { attach_type = (uint)BpfAttachType.TraceIter };
        if (map is not null)
        {
            attr.iter_info = &info;
            attr.iter_info_len = sizeof(uint);
        }

        return Create(attr, program, "an iterator");
    }

    /// <summary>Attaches a netfilter program.</summary>
    /// <param name="program">A program of type <see cref="BpfProgramType.Netfilter"/>.</param>
    /// <param name="family"><c>NFPROTO_IPV4</c> (2) or <c>NFPROTO_IPV6</c> (10).</param>
    /// <param name="hook"><c>NF_INET_*</c>.</param>
    /// <param name="priority">Lower runs earlier.</param>
    public static BpfLink AttachNetfilter(BpfProgram program, uint family, uint hook, int priority)
    {
        var attr = new LinkCreateAttr
        {
            attach_type = (uint)BpfAttachType.Netfilter, netfilter_pf = family, netfilter_hooknum = hook, netfilter_priority = priority,
        };
        return Create(attr, program, $"netfilter hook {hook}");
    }

    /// <summary>Attaches a program to a raw tracepoint.</summary>
    /// <param name="program">A program of type <see cref="BpfProgramType.RawTracepoint"/>.</param>
    /// <param name="name">The tracepoint: <c>sys_enter</c>.</param>
    /// <exception cref="BpfException">There is none of that name (<c>ENOENT</c>), ...</exception>
    public static BpfLink AttachRawTracepoint(BpfProgram program, string name)
    {
        ArgumentNullException.ThrowIfNull(program);
        using FdUse use = program.Use();
        fixed (byte* bytes = Encoding.UTF8.GetBytes(name + '\0'))
        {
            var attr = new RawTracepointAttr { name = bytes, prog_fd = (uint)use.Number };
            int result = BpfSyscall.Call(BpfCommand.RawTracepointOpen, ref attr);
            if (result < 0) throw new BpfException($"attach {program} to raw tracepoint {name}", new Errno(-result));
            return new BpfLink(result);
        }
    }

    /// <summary>Puts another program in the place of the link's, with no moment without one.</summary>
    /// <param name="program">The new program.</param>
    /// <param name="expected">The program that must be there now; null for any.</param>
    public void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        const uint replace = 1 << 2;
        using FdUse use = Use();
        using FdUse next = program.Use();
        using var old = new FdUse(expected);
        var attr = new LinkUpdateAttr { link_fd = (uint)use.Number, new_prog_fd = (uint)next.Number };
        if (expected is not null) (attr.flags, attr.old_prog_fd) = (replace, (uint)old.Number);
        int result = BpfSyscall.Call(BpfCommand.LinkUpdate, ref attr);
        if (result < 0) throw new BpfException($"replace the program of a link by {program}", new Errno(-result));
    }

    /// <summary>Detaches the program now, though the link's object lives on.</summary>
    public void Detach()
    {
        using FdUse use = Use();
        var attr = new LinkDetachAttr { link_fd = (uint)use.Number };
        int result = BpfSyscall.Call(BpfCommand.LinkDetach, ref attr);
        if (result < 0) throw new BpfException("detach a link", new Errno(-result));
    }

    /// <summary>Opens one pass of an iterator.</summary>
    public Stream OpenIterator()
    {
        using FdUse use = Use();
        var attr = new IterCreateAttr { link_fd = (uint)use.Number };
        int result = BpfSyscall.Call(BpfCommand.IterCreate, ref attr);
        if (result < 0) throw new BpfException("open an iterator", new Errno(-result));
        return new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(result, ownsHandle: true), FileAccess.Read, bufferSize: 0);
    }

    private static BpfLink Create(LinkCreateAttr attr, BpfProgram program, string target)
    {
        ArgumentNullException.ThrowIfNull(program);
        using FdUse use = program.Use();
        attr.prog_fd = (uint)use.Number;
        int result = BpfSyscall.Call(BpfCommand.LinkCreate, ref attr);
        if (result >= 0) return new BpfLink(result);
        var type = (BpfAttachType)attr.attach_type;
        if (result == -Errno.EINVAL && KernelFeatures.HasLink(type) == Support.No)
            throw new NotSupportedByKernelException($"attach {program} to {target}", new Errno(-result), $"{type.Name()} links",
                FirstKernel.Of(type));
        throw new BpfException($"attach {program} to {target}", new Errno(-result));
    }
}
