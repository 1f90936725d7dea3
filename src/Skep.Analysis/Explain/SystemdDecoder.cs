using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Skep.Analysis.Analyze;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Objects;
using Skep.Isa;
using Skep.Linux.Processes;

namespace Skep.Analysis.Explain;

/// <summary>
/// Recognizes the programs that systemd makes for units, by their code, and gives the directive back. src/core/bpf-devices.c,
/// bpf-firewall.c, bpf/restrict_ifaces and bpf/socket_bind of systemd make them.
/// </summary>
internal static class SystemdDecoder
{
    // bpf-firewall.c: bits in R8.
    private const int Allowed = 1, Denied = 2;

    public static (string? Unit, IReadOnlyList<UnitDirective> Directives)? Decode(
        Explanation about, ProgramAnalysis analysis, ProgramSurroundings around)
    {
        List<UnitDirective>? directives = about.Code.Type switch
        {
            BpfProgramType.CgroupDevice => SystemdDevices.Decode(about.Code),
            BpfProgramType.CgroupSkb when about.Maps.Any(use => use.Map.Name == "sd_restrictif") => Interfaces(about, around),
            BpfProgramType.CgroupSkb => Firewall(analysis, around),
            BpfProgramType.CgroupSockAddr => SocketBind(about, around),
            _ => null,
        };
        return directives is null ? null : (UnitOf(about.Attachments), directives);
    }

    /// <summary>The unit of the cgroup that a program is attached to.</summary>
    internal static string? UnitOf(IReadOnlyList<Attachment> attachments)
    {
        foreach (Attachment place in attachments)
        {
            if (place.Target is not AttachmentTarget.Cgroup { Path: var path }) continue;
            string last = path[(path.LastIndexOf('/') + 1)..];
            if (CgroupPath.Unit(path) is { } unit) return unit;
            if (last.EndsWith(".slice", StringComparison.Ordinal)) return last;
        }

        return null;
    }

    // r6 = r1; r7 =
    // skb->protocol; w8 = 0; then lookups in prefix tables, whose hits set bits of R8. The verifier drops the decision at the end when the
    // bits are constant.
    private static List<UnitDirective>? Firewall(ProgramAnalysis analysis, ProgramSurroundings around)
    {
        var lists = new List<(string Directive, string Value, int Slot)>();
        DecodedInstruction[] items = Items(analysis.Code);
        if (items is not [{ Kind: OperationKind.Move, Dst: Register.R6, Src: Register.R1, UsesSourceRegister: true },
            { Kind: OperationKind.Load, Dst: Register.R7, Src: Register.R6 },
            { Kind: OperationKind.Move, Dst: Register.R8, UsesSourceRegister: false, Imm: 0 }, ..])
            return null;
        CallFact? last = null;
        for (int i = 0; i < items.Length; i++)
        {
            if (analysis.CallAt(items[i].Index) is { Target.Name: "bpf_map_lookup_elem" } call) last = call;
            if (items[i] is not
                {
                    Kind: OperationKind.Arithmetic, AluOp: AluOp.Or, Dst: Register.R8, UsesSourceRegister: false,
                    Imm: Allowed or Denied
                } or) continue;
            string directive = or.Imm == Allowed ? "IPAddressAllow=" : "IPAddressDeny=";
            bool afterLookup =
                i > 0 && items[i - 1] is { Kind: OperationKind.JumpConditional, Dst: Register.R0, Condition: Condition.Equal, Imm: 0 };
            if (afterLookup && last is { } lookup && lookup.Arguments[0] is { Kind: ValueKind.Map, Id: >= 0 } map)
                foreach (string prefix in Prefixes(Elements(analysis.Code.Maps[map.Id], around))) lists.Add((directive, prefix, or.Index));
            else if (!afterLookup) lists.Add((directive, "any", or.Index));
        }

        return lists.Count == 0
            ? null
            : [
                .. lists.GroupBy(entry => entry.Directive)
                    .Select(
                        group =>
                            new UnitDirective(group.Key, [.. group.Select(entry => entry.Value)],
                                [.. group.Select(entry => entry.Slot).Distinct()]))];
    }

    // The key is a prefix length and the address, 4 or 16 bytes.
    private static IEnumerable<string> Prefixes(IReadOnlyList<MapElement> elements)
    {
        foreach (MapElement element in elements)
        {
            ReadOnlySpan<byte> key = element.Key.Span;
            if (key.Length is not (8 or 20)) continue;
            yield return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(key[4..])}/{BitConverter.ToUInt32(key)}");
        }
    }

    private static List<UnitDirective> Interfaces(Explanation about, ProgramSurroundings around)
    {
        MapUse list = about.Maps.First(use => use.Map.Name == "sd_restrictif");
        string[] names = [.. Elements(list.Map, around).Where(element => element.Key.Length == sizeof(uint))
            .Select(element => Device(BitConverter.ToUInt32(element.Key.Span), around))];
        byte[]? settings = about.Maps.Where(use => use.Map.Name?.EndsWith(".rodata", StringComparison.Ordinal) == true)
            .Select(use => FirstValue(use.Map, around)).FirstOrDefault();

        // const volatile __u8 is_allow_list is the only variable.
        string[] values =
            settings is [1, ..]
                ? names : settings is [0, ..]
                    ? [.. names.Select(name => $"~{name}")] : [.. names.Select(name => $"{name} (allowed or denied: not known)")];
        return [new UnitDirective("RestrictNetworkInterfaces=", values, list.Slots)];
    }

    private static List<UnitDirective>? SocketBind(Explanation about, ProgramSurroundings around)
    {
        MapUse? rules = about.Maps.FirstOrDefault(use => use.Map is { Name: "sd_bind_rules" or "rules", KeySize: 4, ValueSize: 12 or 16 });
        if (rules is null || about.Code.Name is not ("sd_bind4" or "sd_bind6" or "socket_bind_v4" or "socket_bind_v6")) return null;
        var allow = new List<string>();
        var deny = new List<string>();
        foreach (MapElement element in Elements(rules.Map, around))
        {
            ReadOnlySpan<byte> rule = element.Value.Span;

            // struct socket_bind_rule: address_family, protocol, nr_ports, port_min, action; before protocols were there, without protocol.
            uint family = BinaryPrimitives.ReadUInt32LittleEndian(rule);
            bool protocols = rule.Length == 16;
            uint protocol = protocols ? BinaryPrimitives.ReadUInt32LittleEndian(rule[4..]) : 0;
            int at = protocols ? 8 : 4;
            int count = BinaryPrimitives.ReadUInt16LittleEndian(rule[at..]),
                first = BinaryPrimitives.ReadUInt16LittleEndian(rule[(at + 2)..]);
            uint action = BinaryPrimitives.ReadUInt32LittleEndian(rule[(at + 4)..]);
            string text =
                string.Create(CultureInfo.InvariantCulture,
                    $"{(family == 2 ? "ipv4:" : family == 10 ? "ipv6:" : "")}{(protocol == 6 ? "tcp:" : protocol == 17 ? "udp:" : "")}"
                    + $"{(count == 0 ? "any" : count == 1 ? $"{first}" : $"{first}-{first + count - 1}")}");
            (action == 0 ? deny : allow).Add(text);
        }

        var directives = new List<UnitDirective>();
        if (allow.Count > 0) directives.Add(new UnitDirective("SocketBindAllow=", [.. allow.Distinct()], rules.Slots));
        if (deny.Count > 0) directives.Add(new UnitDirective("SocketBindDeny=", [.. deny.Distinct()], rules.Slots));
        return directives.Count > 0 ? directives : null;
    }

    internal static DecodedInstruction[] Items(ProgramCode code)
    {
        var items = new List<DecodedInstruction>();
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions)) items.Add(item);
        return [.. items];
    }

    private static string Device(uint ifindex, ProgramSurroundings around) =>
        around.DeviceName(ifindex) ?? string.Create(CultureInfo.InvariantCulture, $"ifindex {ifindex}");

    private static byte[]? FirstValue(CodeMap map, ProgramSurroundings around) =>
        !map.Content.IsEmpty ? map.Content.ToArray() : Elements(map, around) is [var first, ..] ? first.Value.ToArray() : null;

    private static IReadOnlyList<MapElement> Elements(CodeMap map, ProgramSurroundings around) =>
        map.Id is { } id ? around.ElementsOf(id) : [];
}
