using System.Runtime.InteropServices;
using Skep.Bpf.Interop;
using Skep.Linux.Errors;
using Skep.Linux.Interop;

namespace Skep.Bpf;

/// <summary><c>BPF_F_*</c> of BPF_PROG_ATTACH to a cgroup.</summary>
[Flags]
public enum BpfAttachFlags : uint
{
    /// <summary>The only one, and none below it.</summary>
    None = 0,

    /// <summary><c>BPF_F_ALLOW_OVERRIDE</c>: a sub-cgroup's replaces it there.</summary>
    AllowOverride = 1 << 0,

    /// <summary><c>BPF_F_ALLOW_MULTI</c>: all run.</summary>
    AllowMulti = 1 << 1,

    /// <summary><c>BPF_F_REPLACE</c>: in place of another.</summary>
    Replace = 1 << 2,
}

/// <summary>What is attached at one place.</summary>
/// <param name="ProgramIds">In the order in which they run.</param>
/// <param name="LinkIds">The link of each program, 0 for one that was attached without; empty where the kernel does not tell.</param>
/// <param name="ProgramFlags">The flags of each program; empty where the kernel does not tell.</param>
/// <param name="Flags">The flags of the place.</param>
/// <param name="Revision">Counts the changes of a tcx or netkit place; 0 elsewhere.</param>
public sealed record BpfQueryResult(uint[] ProgramIds, uint[] LinkIds, uint[] ProgramFlags, uint Flags, ulong Revision);

public sealed unsafe partial class BpfProgram
{
    private const uint QueryEffective = 1;

    /// <summary>Attaches the program without a link: it stays until it is detached. For cgroups, sockmaps, network namespaces.</summary>
    /// <param name="target">The cgroup's directory, the map, ...</param>
    /// <param name="type">Where.</param>
    /// <param name="flags">Flags.</param>
    /// <param name="replace">The program to replace, with <see cref="BpfAttachFlags.Replace"/>.</param>
    public void AttachTo(SafeHandle target, BpfAttachType type, BpfAttachFlags flags = BpfAttachFlags.None, BpfProgram? replace = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var where = new FdUse(target);
        using FdUse use = Use();
        using var old = new FdUse(replace);
        var attr = new ProgAttachAttr
        {
            target_fd = (uint)where.Number, attach_bpf_fd = (uint)use.Number, attach_type = (uint)type, attach_flags = (uint)flags,
        };
        if (replace is not null) attr.replace_bpf_fd = (uint)old.Number;
        int result = BpfSyscall.Call(BpfCommand.ProgAttach, ref attr);
        if (result < 0) throw new BpfException($"attach {this} as {type.Name()}", new Errno(-result));
    }

    /// <summary>Detaches the program from where <see cref="AttachTo"/> put it.</summary>
    public void DetachFrom(SafeHandle target, BpfAttachType type)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var where = new FdUse(target);
        using FdUse use = Use();
        var attr = new ProgAttachAttr { target_fd = (uint)where.Number, attach_bpf_fd = (uint)use.Number, attach_type = (uint)type };
        int result = BpfSyscall.Call(BpfCommand.ProgDetach, ref attr);
        if (result < 0) throw new BpfException($"detach {this} as {type.Name()}", new Errno(-result));
    }

    /// <summary>Says what is attached at a cgroup, a network namespace or a map.</summary>
    /// <param name="target">The cgroup's directory, the namespace's file, the map.</param>
    /// <param name="type">Where.</param>
    /// <param name="effective">For cgroups: with what is inherited. The kernel gives program ids only.</param>
    public static BpfQueryResult Query(SafeHandle target, BpfAttachType type, bool effective = false)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var where = new FdUse(target);
        return TryQuery((uint)where.Number, type, effective, out Errno error) ?? throw QueryFailure("a descriptor", type, error);
    }

    /// <summary>The same, without an exception where the kernel refuses.</summary>
    /// <returns>Null, with the error: the kernel does not know the place (<c>EINVAL</c>), ...</returns>
    public static BpfQueryResult? TryQuery(SafeHandle target, BpfAttachType type, bool effective, out Errno error)
    {
        ArgumentNullException.ThrowIfNull(target);
        using var where = new FdUse(target);
        return TryQuery((uint)where.Number, type, effective, out error);
    }

    /// <summary>Says what is attached at a network device of this thread's network namespace: tcx, netkit.</summary>
    public static BpfQueryResult Query(uint ifIndex, BpfAttachType type) =>
        TryQuery(ifIndex, type, out Errno error) ?? throw QueryFailure($"device {ifIndex}", type, error);

    /// <summary>The same, without an exception where the kernel refuses.</summary>
    /// <returns>Null, with the error: not a netkit device (<c>ENXIO</c>), a kernel without tcx (<c>EINVAL</c>), ...</returns>
    public static BpfQueryResult? TryQuery(uint ifIndex, BpfAttachType type, out Errno error) =>
        TryQuery(ifIndex, type, effective: false, out error);

    private static BpfException QueryFailure(string where, BpfAttachType type, Errno error) =>
        new($"ask what is attached to {where} as {type.Name()}", error);

    private static BpfQueryResult? TryQuery(uint target, BpfAttachType type, bool effective, out Errno error)
    {
        for (int capacity = 64; ; capacity *= 2)
        {
            uint[] programs = new uint[capacity], links = new uint[capacity], programFlags = new uint[capacity];
            int result;
            var attr =
                new ProgQueryAttr
                {
                    target_fd = target, attach_type = (uint)type, query_flags = effective ? QueryEffective : 0,
                    prog_cnt = (uint)capacity
                };
            bool withLinks =
                type is BpfAttachType.TcxIngress or BpfAttachType.TcxEgress or BpfAttachType.NetkitPrimary or BpfAttachType.NetkitPeer;

            // Cgroups refuse per-program flags of the effective set, and know no links (kernel/bpf/cgroup.c, __cgroup_bpf_query).
            bool withFlags = !effective && (withLinks || type.IsCgroup());
            fixed (uint* p = programs, l = links, f = programFlags)
            {
                attr.prog_ids = p;
                if (withLinks) attr.link_ids = l;
                if (withFlags) attr.prog_attach_flags = f;
                result = BpfSyscall.Call(BpfCommand.ProgQuery, ref attr);
                if (result is -Errno.EINVAL or -Errno.E2BIG && withFlags)
                {
                    // Kernels before 6.0 do not know the field.
                    withFlags = false;
                    attr.prog_attach_flags = null;
                    attr.prog_cnt = (uint)capacity;
                    result = BpfSyscall.Call(BpfCommand.ProgQuery, ref attr);
                }
            }

            if (result == -Errno.ENOSPC) continue;
            error = new Errno(result < 0 ? -result : 0);
            if (result < 0) return null;
            int count = (int)attr.prog_cnt;
            return new BpfQueryResult(
                programs[..count], withLinks ? links[..count] : [], withFlags ? programFlags[..count] : [], attr.attach_flags,
                attr.revision);
        }
    }
}
