using Skep.Bpf;

namespace Skep.Debug.Machine.Contexts;

/// <summary>Where a kernel has the parts of <c>struct sk_buff</c> that translated code reads, by its BTF.</summary>
internal sealed class SkbLayout
{
    private readonly Btf _btf;
    private readonly Dictionary<long, string> _fields = [];

    private SkbLayout(Btf btf) => _btf = btf;

    /// <summary>The layout of a kernel.</summary>
    /// <exception cref="NotSupportedException">Its types are not known.</exception>
    public static SkbLayout Of(Btf? btf)
    {
        if (btf is null) throw new NotSupportedException("run translated code: the types of its kernel are not known");
        var layout = new SkbLayout(btf);
        long control = layout.Place("sk_buff", "cb");
        foreach (string name in (string[])["len", "data_len", "data", "mark", "priority", "hash", "skb_iif", "napi_id", "protocol",
            "vlan_all", "vlan_proto", "vlan_tci", "queue_mapping", "tc_index", "dev", "tstamp", "__pkt_type_offset", "__cloned_offset",
            "__mono_tc_offset"])
            layout.Add(layout.Place("sk_buff", name), name);
        layout.Add(control + layout.Place("bpf_skb_data_end", "data_meta"), "data_meta");
        layout.Add(control + layout.Place("bpf_skb_data_end", "data_end"), "data_end");
        layout.Add(control + layout.Place("qdisc_skb_cb", "tc_classid"), "tc_classid");
        layout.Add(control + layout.Place("qdisc_skb_cb", "pkt_len"), "pkt_len");
        layout.Control = control + layout.Place("qdisc_skb_cb", "data");
        return layout;
    }

    /// <summary>Where <c>cb</c> of <c>struct __sk_buff</c> is.</summary>
    public long Control { get; private set; }

    /// <summary>The field at an offset; null for one that is not known.</summary>
    public string? FieldAt(long offset) => _fields.GetValueOrDefault(offset);

    private void Add(long place, string name)
    {
        if (place >= 0) _fields.TryAdd(place, name);
    }

    private long Place(string structure, string member) =>
        _btf.TryFind(structure, BtfKind.Struct, out BtfType type) ? Place(type, member) : -1;

    // Also in structures and unions without a name.
    private long Place(BtfType type, string name)
    {
        foreach (BtfMember member in type.GetMembers())
        {
            if (member.Name == name) return member.BitOffset / 8;
            if (member.Name.Length > 0 || _btf.Resolve(member.TypeId) is not { Kind: BtfKind.Struct or BtfKind.Union } inner) continue;
            if (Place(inner, name) is >= 0 and var place) return (member.BitOffset / 8) + place;
        }

        return -1;
    }
}
