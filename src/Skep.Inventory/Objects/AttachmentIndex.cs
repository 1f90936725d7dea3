using Skep.Bpf;
using Skep.Inventory.Machine;
using Skep.Linux.Network;

namespace Skep.Inventory.Objects;

/// <summary>Where each program is attached.</summary>
public sealed class AttachmentIndex
{
    private readonly Dictionary<uint, List<Attachment>> _places = [];

    private AttachmentIndex()
    {
    }

    /// <summary>Reads the attachments of this moment, but for those that only their holders show.</summary>
    /// <param name="links">All links.</param>
    /// <param name="machine">Names what they are attached to.</param>
    internal static AttachmentIndex Read(IEnumerable<Listed<LinkEntry>> links, MachineSnapshot machine)
    {
        var index = new AttachmentIndex();
        index.Add(LinkAttachments.Read(links, machine));
        var next = new Dictionary<(ulong, uint, string), int>();
        foreach (NetworkPlace place in NetworkView.Read().Places)
        {
            int? order = null;
            if (place is { Kind: NetworkPlaceKind.Multi, Device: { } device, Detail: { } hook })
            {
                (ulong, uint, string) key = (place.Netns.Inode, device.IfIndex, hook);
                order = next.GetValueOrDefault(key);
                next[key] = order.Value + 1;
            }

            index.Add(place, order);
        }

        if (CgroupView.Mount is { } root)
            foreach (CgroupPrograms cgroup in CgroupView.Tree(root, effective: false)) index.Add(cgroup, root);
        return index;
    }

    /// <summary>Adds what the kernel's own lists lead to: members of maps, routes.</summary>
    internal void Add(KernelLists lists, KernelTypes types)
    {
        Add(MapMembers.Read(lists, types));
        if (!lists.HasProgram(BpfProgramType.LwtSeg6local)) return;
        foreach (RoutePlace place in RouteView.Read().Routes)
            foreach (RouteProgram program in place.Route.Programs)
                if (program.ProgramId != 0)
                    Known(program.ProgramId).Add(new Attachment(program.ProgramId, AttachmentKind.Route,
                        new AttachmentPoint.Hook(program.Hook), new AttachmentTarget.Route(place)));
    }

    /// <summary>Adds what is known by its holders: perf events, sockets.</summary>
    internal void Add(OwnerIndex owners, MachineSnapshot machine)
    {
        Add(PerfAttachments.Read(owners, machine.PerfDevices));
        foreach (ListedSocket socket in SocketView.Read(owners))
        {
            Add(socket, socket.Filter, AttachmentKind.Socket);
            Add(socket, socket.Reuseport, AttachmentKind.Reuseport);
        }
    }

    /// <summary>The places of a program.</summary>
    public IReadOnlyList<Attachment> OfProgram(uint id) => _places.TryGetValue(id, out List<Attachment>? places) ? places : [];

    private void Add(ListedSocket socket, SocketCode? code, AttachmentKind kind)
    {
        if (code is { IsClassic: false })
            Known(code.ProgramId).Add(new Attachment(code.ProgramId, kind, null, new AttachmentTarget.Socket(socket)));
    }

    private List<Attachment> Known(uint program)
    {
        if (!_places.TryGetValue(program, out List<Attachment>? known)) _places[program] = known = [];
        return known;
    }

    private void Add(IEnumerable<Attachment> places)
    {
        foreach (Attachment place in places)
        {
            // A link to a perf event is known by its holder's descriptor as well.
            List<Attachment> known = Known(place.ProgramId);
            if (known.Exists(other => other.LinkId != 0 && place.LinkId == 0 && other.Target == place.Target)) continue;

            // Before Linux 6.6 such a link does not report its target.
            int withoutTarget = place is { LinkId: 0, Kind: AttachmentKind.PerfEvent }
                ? known.FindIndex(
                    other => other is { LinkId: not 0, Point: AttachmentPoint.Link { Type: BpfLinkType.PerfEvent }, Target: null })
                : -1;
            if (withoutTarget >= 0) known[withoutTarget] = known[withoutTarget] with { Target = place.Target };
            else known.Add(place);
        }
    }

    // A link has the index of its device, not the network namespace, which the walk over these knows.
    private void Add(NetworkPlace place, int? order)
    {
        foreach (TcAction action in place.Actions)
        {
            if (action.ProgramId == 0) continue;
            Known(action.ProgramId).Add(new Attachment(
                action.ProgramId, AttachmentKind.Tc, new AttachmentPoint.Hook("action"), new AttachmentTarget.Network(place)));
        }

        if (place.ProgramId == 0) return;
        List<Attachment> known = Known(place.ProgramId);
        AttachmentTarget reported =
            place.Device is { } device ? new AttachmentTarget.Device(device.IfIndex) : new AttachmentTarget.Netns(place.Netns.Inode);
        int link = known.FindIndex(other => other.LinkId != 0 && other.Target == reported
            && (place.LinkId == other.LinkId || (place.LinkId == 0 && other.Point == PointOf(place))));
        var target = new AttachmentTarget.Network(place);
        if (link >= 0) known[link] = known[link] with { Target = target, Order = order };
        else known.Add(new Attachment(place.ProgramId, KindOf(place), PointOf(place), target) { Order = order });
    }

    private void Add(CgroupPrograms cgroup, string root)
    {
        var target = new AttachmentTarget.Cgroup(cgroup.Path.Length == root.Length ? "/" : cgroup.Path[root.Length..]);
        foreach (IGrouping<BpfAttachType, CgroupProgram> hook in cgroup.Programs.GroupBy(program => program.Type))
        {
            int order = 0;
            var point = new AttachmentPoint.Attach(hook.Key);
            foreach (CgroupProgram program in hook)
            {
                List<Attachment> known = Known(program.ProgramId);
                int there = known.FindIndex(other => other.Point == point && other.Target == target && other.Order is null);
                if (there >= 0) known[there] = known[there] with { Order = order };
                else if (!known.Exists(other => other.Point == point && other.Target == target))
                    known.Add(new Attachment(program.ProgramId, AttachmentKind.Cgroup, point, target) { Order = order });
                order++;
            }
        }
    }

    private static AttachmentKind KindOf(NetworkPlace place) => place.Kind switch
    {
        NetworkPlaceKind.Xdp => AttachmentKind.Xdp,
        NetworkPlaceKind.Tc => AttachmentKind.Tc,
        NetworkPlaceKind.Multi => place.Detail is "tcx/ingress" or "tcx/egress" ? AttachmentKind.Tcx : AttachmentKind.Netkit,
        _ => AttachmentKind.Netns,
    };

    private static AttachmentPoint? PointOf(NetworkPlace place) => place.Kind switch
    {
        NetworkPlaceKind.Xdp => new AttachmentPoint.Attach(BpfAttachType.Xdp),
        NetworkPlaceKind.FlowDissector => new AttachmentPoint.Attach(BpfAttachType.FlowDissector),
        NetworkPlaceKind.SkLookup => new AttachmentPoint.Attach(BpfAttachType.SkLookup),
        _ => place.Detail is { } hook ? new AttachmentPoint.Hook(hook) : null,
    };
}
