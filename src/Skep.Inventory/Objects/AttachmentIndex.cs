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
        foreach (NetworkPlace place in NetworkView.Read().Places) index.Add(place);
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
                    Known(program.ProgramId).Add(new Attachment(program.ProgramId, "route", program.Hook, place.Where));
    }

    /// <summary>Adds what is known by its holders: perf events, sockets.</summary>
    internal void Add(OwnerIndex owners, MachineSnapshot machine)
    {
        Add(PerfAttachments.Read(owners, machine.PerfDevices));
        foreach (ListedSocket socket in SocketView.Read(owners))
        {
            Add(socket, socket.Filter, "socket");
            Add(socket, socket.Reuseport, "reuseport");
        }
    }

    /// <summary>The places of a program.</summary>
    public IReadOnlyList<Attachment> OfProgram(uint id) => _places.TryGetValue(id, out List<Attachment>? places) ? places : [];

    private void Add(ListedSocket socket, SocketCode? code, string how)
    {
        if (code is { IsClassic: false }) Known(code.ProgramId).Add(new Attachment(code.ProgramId, how, null, socket.Where));
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
            int withoutTarget = place is { LinkId: 0, How: "perf_event" }
                ? known.FindIndex(other => other is { LinkId: not 0, Type: "perf_event", Target: null })
                : -1;
            if (withoutTarget >= 0) known[withoutTarget] = known[withoutTarget] with { Target = place.Target };
            else known.Add(place);
        }
    }

    // A link has the index of its device, not the network namespace, which the walk over these knows.
    private void Add(NetworkPlace place)
    {
        foreach (TcAction action in place.Actions)
            if (action.ProgramId != 0) Known(action.ProgramId).Add(new Attachment(action.ProgramId, "tc", "action", place.Where));
        if (place.ProgramId == 0) return;
        List<Attachment> known = Known(place.ProgramId);
        string reported = place.Device is { } device ? $"ifindex {device.IfIndex}" : $"netns {place.Netns.Inode}";
        int link = known.FindIndex(other => other.LinkId != 0 && other.Target == reported
            && (place.LinkId == other.LinkId || (place.LinkId == 0 && other.Type == TypeOf(place))));
        string target = place.Kind == NetworkPlaceKind.Xdp ? $"{place.Where}, {place.Detail}" : place.Where;
        if (link >= 0) known[link] = known[link] with { Target = target };
        else known.Add(new Attachment(place.ProgramId, How(place), TypeOf(place), target));
    }

    private void Add(CgroupPrograms cgroup, string root)
    {
        string target = $"cgroup {(cgroup.Path.Length == root.Length ? "/" : cgroup.Path[root.Length..])}";
        foreach (CgroupProgram program in cgroup.Programs)
        {
            List<Attachment> known = Known(program.ProgramId);
            string type = program.Type.Name();
            if (!known.Exists(other => other.Type == type && other.Target == target))
                known.Add(new Attachment(program.ProgramId, "cgroup", type, target));
        }
    }

    private static string How(NetworkPlace place) => place.Kind switch
    {
        NetworkPlaceKind.Xdp => "xdp",
        NetworkPlaceKind.Tc => "tc",
        NetworkPlaceKind.Multi => place.Detail!.Split('/')[0],
        _ => "netns",
    };

    private static string? TypeOf(NetworkPlace place) => place.Kind switch
    {
        NetworkPlaceKind.Xdp => BpfAttachType.Xdp.Name(),
        NetworkPlaceKind.FlowDissector => BpfAttachType.FlowDissector.Name(),
        NetworkPlaceKind.SkLookup => BpfAttachType.SkLookup.Name(),
        _ => place.Detail,
    };
}
