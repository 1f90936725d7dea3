using Skep.Bpf;

namespace Skep.Debug.Machine.Contexts;

/// <summary>Who may use a field of <c>struct __sk_buff</c>.</summary>
[Flags]
internal enum SkbUsers
{
    None = 0,
    SocketFilter = 1,
    Classifier = 2,
    Cgroup = 4,
    Tunnel = 8,
    Packet = Classifier | Cgroup | Tunnel,
    All = SocketFilter | Classifier | Cgroup | Tunnel,
}

/// <summary>
/// A field of <c>struct __sk_buff</c>, and which types of programs may read and write it (<c>*_is_valid_access</c> of net/core/filter.c).
/// </summary>
/// <param name="Name">The name.</param>
/// <param name="Offset">Bytes from the start.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Readers">Who may read it.</param>
/// <param name="Writers">Who may write it.</param>
internal sealed record SkbField(string Name, int Offset, int Size, SkbUsers Readers, SkbUsers Writers = SkbUsers.None)
{
    public const int StructureSize = 192;

    private static readonly SkbField[] All =
    [
        new("len", 0, 4, SkbUsers.All), new("pkt_type", 4, 4, SkbUsers.All),
        new("mark", 8, 4, SkbUsers.All, SkbUsers.Packet), new("queue_mapping", 12, 4, SkbUsers.All, SkbUsers.Classifier),
        new("protocol", 16, 4, SkbUsers.All), new("vlan_present", 20, 4, SkbUsers.All), new("vlan_tci", 24, 4, SkbUsers.All),
        new("vlan_proto", 28, 4, SkbUsers.All), new("priority", 32, 4, SkbUsers.All, SkbUsers.Packet),
        new("ingress_ifindex", 36, 4, SkbUsers.All), new("ifindex", 40, 4, SkbUsers.All),
        new("tc_index", 44, 4, SkbUsers.All, SkbUsers.Classifier), new("cb", 48, 20, SkbUsers.All, SkbUsers.All),
        new("hash", 68, 4, SkbUsers.All), new("tc_classid", 72, 4, SkbUsers.Classifier, SkbUsers.Classifier),
        new("data", 76, 4, SkbUsers.Packet), new("data_end", 80, 4, SkbUsers.Packet), new("napi_id", 84, 4, SkbUsers.All),
        new("family", 88, 4, SkbUsers.Cgroup), new("remote_ip4", 92, 4, SkbUsers.Cgroup), new("local_ip4", 96, 4, SkbUsers.Cgroup),
        new("remote_ip6", 100, 16, SkbUsers.Cgroup), new("local_ip6", 116, 16, SkbUsers.Cgroup),
        new("remote_port", 132, 4, SkbUsers.Cgroup), new("local_port", 136, 4, SkbUsers.Cgroup),
        new("data_meta", 140, 4, SkbUsers.Classifier), new("flow_keys", 144, 8, SkbUsers.None),
        new("tstamp", 152, 8, SkbUsers.Classifier | SkbUsers.Cgroup, SkbUsers.Classifier | SkbUsers.Cgroup),
        new("wire_len", 160, 4, SkbUsers.Classifier), new("gso_segs", 164, 4, SkbUsers.All), new("sk", 168, 8, SkbUsers.All),
        new("gso_size", 176, 4, SkbUsers.All), new("hwtstamp", 184, 8, SkbUsers.Classifier | SkbUsers.Cgroup),
    ];

    private static readonly SkbField?[] ByWord = [.. Enumerable.Range(0, StructureSize / 4).Select(word =>
        All.FirstOrDefault(field => word * 4 >= field.Offset && word * 4 < field.Offset + field.Size))];

    public static SkbField? At(long offset) => offset is >= 0 and < StructureSize ? ByWord[(int)offset / 4] : null;

    /// <summary>The users that programs of a type are.</summary>
    public static SkbUsers UsersOf(BpfProgramType type) => type switch
    {
        BpfProgramType.SocketFilter => SkbUsers.SocketFilter,
        BpfProgramType.SchedCls or BpfProgramType.SchedAct => SkbUsers.Classifier,
        BpfProgramType.CgroupSkb => SkbUsers.Cgroup,
        _ => SkbUsers.Tunnel,
    };
}
