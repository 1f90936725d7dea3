using Skep.Bpf;
using Skep.Inventory.Objects;

namespace Skep.Analysis.Explain;

/// <summary>
/// Finds <c>BPFProgram=</c> (src/core/bpf-foreign.c): a program that somebody else has pinned, which systemd attaches to the cgroup of the
/// unit whose file names the pin.
/// </summary>
internal static class SystemdForeign
{
    public const string Directive = "BPFProgram=";

    public static (string? Unit, IReadOnlyList<UnitDirective> Directives)? Decode(Explanation about, ProgramSurroundings around)
    {
        UnitDirective[] found = [.. about.Attachments.SelectMany(place => Named(place, about.Pins, around))];
        if (found.Length == 0) return null;
        string? only = found.All(one => one.Unit == found[0].Unit) ? found[0].Unit : null;
        return (only, only is null ? found : [new UnitDirective(Directive, [.. found.SelectMany(one => one.Values)], [])]);
    }

    private static IEnumerable<UnitDirective> Named(Attachment place, IReadOnlyList<string> pins, ProgramSurroundings around)
    {
        if (place is not
            {
                LinkId: 0, Point: AttachmentPoint.Attach { Type: var type }, Target: AttachmentTarget.Cgroup { Path: var cgroup },
            }
            || SystemdDecoder.UnitOf(cgroup) is not { } unit || !IsOwn(cgroup, unit)) yield break;
        foreach (string value in around.UnitValues(unit, Directive[..^1]))
            if (value.Split(':', 2) is [var name, var path] && name.Trim() == NameOf(type) && pins.Contains(path.Trim()))
                yield return new UnitDirective(Directive, [value], [], unit);
    }

    // The cgroup of the unit itself, not one that is delegated below it.
    private static bool IsOwn(string cgroup, string unit) =>
        cgroup.EndsWith($"/{unit}", StringComparison.Ordinal) || cgroup.EndsWith($"/_{unit}", StringComparison.Ordinal);

    // cgroup_inet_ingress is ingress to systemd, cgroup_inet4_bind bind4, cgroup_udp4_recvmsg recvmsg4 (src/shared/bpf-program.c).
    private static string NameOf(BpfAttachType type) => type switch
    {
        BpfAttachType.CgroupInetIngress => "ingress",
        BpfAttachType.CgroupInetEgress => "egress",
        BpfAttachType.CgroupInetSockCreate => "sock_create",
        BpfAttachType.CgroupSockOps => "sock_ops",
        BpfAttachType.CgroupDevice => "device",
        BpfAttachType.CgroupInet4Bind => "bind4",
        BpfAttachType.CgroupInet6Bind => "bind6",
        BpfAttachType.CgroupInet4Connect => "connect4",
        BpfAttachType.CgroupInet6Connect => "connect6",
        BpfAttachType.CgroupInet4PostBind => "post_bind4",
        BpfAttachType.CgroupInet6PostBind => "post_bind6",
        BpfAttachType.CgroupUdp4Sendmsg => "sendmsg4",
        BpfAttachType.CgroupUdp6Sendmsg => "sendmsg6",
        BpfAttachType.CgroupSysctl => "sysctl",
        BpfAttachType.CgroupUdp4Recvmsg => "recvmsg4",
        BpfAttachType.CgroupUdp6Recvmsg => "recvmsg6",
        BpfAttachType.CgroupGetsockopt => "getsockopt",
        BpfAttachType.CgroupSetsockopt => "setsockopt",
        _ => "",
    };
}
