using System.Globalization;
using System.Net;
using Skep.Analysis.Analyze;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Isa;

namespace Skep.Analysis.Explain;

/// <summary>Decodes the filters of addresses that systemd makes (src/core/bpf-firewall.c), which also count packets.</summary>
internal static class SystemdFirewall
{
    // Bits in R8.
    private const int Allowed = 1, Denied = 2;

    // r6 = r1; r7 = skb->protocol; w8 = 0; then lookups in prefix tables, whose hits set bits of R8. The verifier drops the decision at the
    // end when the bits are constant.
    public static List<UnitDirective>? Decode(Explanation about, ProgramAnalysis analysis, ProgramSurroundings around)
    {
        DecodedInstruction[] items = SystemdDecoder.Items(analysis.Code);
        if (items is not [{ Kind: OperationKind.Move, Dst: Register.R6, Src: Register.R1, UsesSourceRegister: true },
            { Kind: OperationKind.Load, Dst: Register.R7, Src: Register.R6 },
            { Kind: OperationKind.Move, Dst: Register.R8, UsesSourceRegister: false, Imm: 0 }, ..])
            return null;
        List<UnitDirective> directives =
        [
            .. Rules(items, analysis, around).GroupBy(rule => rule.Directive).Select(
                rules => new UnitDirective(
                    rules.Key, [.. rules.Select(rule => rule.Value)], [.. rules.Select(rule => rule.Slot).Distinct()])),
        ];
        if (about.Maps.FirstOrDefault(IsAccounting) is { } accounting)
            directives.Add(new UnitDirective("IPAccounting=", ["yes"], accounting.Slots));
        return directives.Count > 0 ? directives : null;
    }

    // Packets and bytes.
    private static bool IsAccounting(MapUse use) =>
        use.Map is { Type: BpfMapType.Array, KeySize: sizeof(int), ValueSize: sizeof(ulong), MaxEntries: 2 } && use.Slots.Count == 2;

    private static IEnumerable<(string Directive, string Value, int Slot)> Rules(
        DecodedInstruction[] items, ProgramAnalysis analysis, ProgramSurroundings around)
    {
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
                foreach (string prefix in Prefixes(SystemdDecoder.Elements(analysis.Code.Maps[map.Id], around)))
                    yield return (directive, prefix, or.Index);
            else if (!afterLookup) yield return (directive, "any", or.Index);
        }
    }

    // The key is a prefix length and the address, 4 or 16 bytes.
    private static IEnumerable<string> Prefixes(IReadOnlyList<MapElement> elements)
    {
        foreach (MapElement element in elements)
        {
            ReadOnlyMemory<byte> key = element.Key;
            if (key.Length is not (8 or 20)) continue;
            yield return string.Create(
                CultureInfo.InvariantCulture, $"{new IPAddress(key.Span[4..])}/{BitConverter.ToUInt32(key.Span)}");
        }
    }
}
