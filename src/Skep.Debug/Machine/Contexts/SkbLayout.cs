using Skep.Bpf;

namespace Skep.Debug.Machine.Contexts;

/// <summary>Where a kernel has the parts of <c>struct sk_buff</c> that translated code reads, by its BTF.</summary>
internal sealed class SkbLayout
{
    // What translated code reads, by the structure that has it.
    private static readonly (string Structure, string[] Members)[] s_read =
    [
        ("sk_buff", ["len", "data_len", "data", "mark", "priority", "hash", "skb_iif", "napi_id", "protocol", "vlan_all", "vlan_proto",
            "vlan_tci", "queue_mapping", "tc_index", "dev", "tstamp", "__pkt_type_offset", "__cloned_offset", "__mono_tc_offset"]),
        ("bpf_skb_data_end", ["data_meta", "data_end"]),
        ("qdisc_skb_cb", ["tc_classid", "pkt_len"]),
    ];

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
        foreach ((string structure, string[] members) in s_read)
        {
            long start = structure == "sk_buff" ? 0 : control;
            foreach (string name in members)
                if (layout.Place(structure, name) is >= 0 and var place) layout.Add(start + place, name);
        }

        layout.Control = control + layout.Place("qdisc_skb_cb", "data");
        return layout;
    }

    /// <summary>Where <c>cb</c> of <c>struct __sk_buff</c> is.</summary>
    public long Control { get; private set; }

    /// <summary>The field at an offset; null for one that is not known.</summary>
    public string? FieldAt(long offset) => _fields.GetValueOrDefault(offset);

    /// <summary>Where a kernel has those parts, to be kept apart from its types.</summary>
    public static IReadOnlyList<(string Structure, string Member, uint Offset)> MembersOf(Btf btf)
    {
        var layout = new SkbLayout(btf);
        var members = new List<(string, string, uint)>();
        foreach ((string structure, string[] names) in s_read.Append(("sk_buff", ["cb"])).Append(("qdisc_skb_cb", ["data"])))
            foreach (string name in names)
                if (layout.Place(structure, name) is >= 0 and var place) members.Add((structure, name, (uint)place));
        return members;
    }

    /// <summary>Types of a kernel that has the parts there, and nothing else.</summary>
    public static Btf BtfOf(IReadOnlyList<(string Structure, string Member, uint Offset)> members)
    {
        // struct btf_header, then types, each of 12 bytes and 12 for each member (include/uapi/linux/btf.h).
        const uint Magic = 0xeb9f | (1 << 16), HeaderSize = 24, StructKind = 4, IntKind = 1;
        var strings = new List<byte> { 0 };
        List<uint> types = [Text("char"), IntKind << 24, 1, 8];
        foreach (var structure in members.GroupBy(each => each.Structure))
        {
            types.AddRange([Text(structure.Key), (StructKind << 24) | (uint)structure.Count(), 0]);
            foreach ((_, string member, uint offset) in structure) types.AddRange([Text(member), 1, offset * 8]);
        }

        uint size = (uint)types.Count * sizeof(uint);
        uint[] words = [Magic, HeaderSize, 0, size, size, (uint)strings.Count, .. types];
        return Btf.Parse([.. System.Runtime.InteropServices.MemoryMarshal.AsBytes(words.AsSpan()), .. strings]);

        uint Text(string text)
        {
            uint at = (uint)strings.Count;
            strings.AddRange(System.Text.Encoding.UTF8.GetBytes(text + '\0'));
            return at;
        }
    }

    private void Add(long place, string name) => _fields.TryAdd(place, name);

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
