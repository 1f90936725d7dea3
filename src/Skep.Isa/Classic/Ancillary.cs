namespace Skep.Isa.Classic;

/// <summary>
/// What loads from offset -0x1000 (<c>SKF_AD_OFF</c> of include/uapi/linux/filter.h) read of a packet. Named as libpcap names
/// them, which are bpf_asm's names but for <c>vlanp</c> (<c>vlan_avail</c>) and <c>random</c> (<c>rand</c>).
/// </summary>
internal static class Ancillary
{
    private const uint Start = 0xfffff000;

    // SKF_NET_OFF and SKF_LL_OFF, -0x100000 and -0x200000, are offsets from headers and stay numbers.
    private static readonly string[] _names =
    [
        "proto", "type", "ifidx", "nla", "nlan", "mark", "queue", "hatype",
        "rxhash", "cpu", "xor_x", "vlan_tci", "vlanp", "poff", "random", "vlan_tpid",
    ];

    public static string? NameOf(uint offset)
    {
        var at = offset - Start;
        return offset >= Start && at % 4 == 0 && at / 4 < _names.Length ? _names[at / 4] : null;
    }

    public static bool IsUnknown(uint offset) => offset >= Start && NameOf(offset) is null;
}
