using System.Buffers.Binary;
using System.Globalization;
using Skep.Inventory.Objects;

namespace Skep.Analysis.Explain;

/// <summary>Decodes the rules for binding sockets that systemd keeps in maps (its socket-bind.bpf.c).</summary>
internal static class SystemdPorts
{
    // struct socket_bind_rule: address_family, protocol, nr_ports, port_min
    private const int RuleSize = 12;

    // SOCKET_BIND_RULE_AF_MATCH_NOTHING: the only rule of a map whose directive has none.
    private const uint MatchesNothing = uint.MaxValue;

    // include/linux/socket.h, include/uapi/linux/in.h
    private const uint Unspecified = 0, Inet = 2, Inet6 = 10, Tcp = 6, Udp = 17;

    public static List<UnitDirective>? Decode(Explanation about, ProgramSurroundings around)
    {
        if (about.Code.Name is not ("sd_bind4" or "sd_bind6")) return null;
        var directives = new List<UnitDirective>();
        Add("sd_bind_allow", "SocketBindAllow=");
        Add("sd_bind_deny", "SocketBindDeny=");
        return directives.Count > 0 ? directives : null;

        void Add(string map, string directive)
        {
            if (about.Maps.FirstOrDefault(use => use.Map.Name == map) is not { Map.ValueSize: RuleSize } list) return;
            string[] rules = [.. SystemdDecoder.Elements(list.Map, around).Select(element => Text(element.Value.Span)).OfType<string>()];
            if (rules.Length > 0) directives.Add(new UnitDirective(directive, rules, list.Slots));
        }
    }

    private static string? Text(ReadOnlySpan<byte> rule)
    {
        uint family = BinaryPrimitives.ReadUInt32LittleEndian(rule), protocol = BinaryPrimitives.ReadUInt32LittleEndian(rule[4..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(rule[8..]), first = BinaryPrimitives.ReadUInt16LittleEndian(rule[10..]);
        if (family == MatchesNothing) return null;
        string of = family switch { Unspecified => "", Inet => "ipv4:", Inet6 => "ipv6:", _ => $"family {family}:" };
        string by = protocol switch { 0 => "", Tcp => "tcp:", Udp => "udp:", _ => $"protocol {protocol}:" };
        string ports = count switch { 0 => "any", 1 => $"{first}", _ => $"{first}-{first + count - 1}" };
        return string.Create(CultureInfo.InvariantCulture, $"{of}{by}{ports}");
    }
}
