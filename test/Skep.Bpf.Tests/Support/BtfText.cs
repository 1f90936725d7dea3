namespace Skep.Bpf.Tests;

/// <summary>Types as <c>bpftool btf dump ... format raw</c> prints them, to be compared line by line.</summary>
internal static class BtfText
{
    internal static IEnumerable<string> Lines(Btf btf)
    {
        for (uint id = btf.FirstId; id < btf.EndId; id++)
        {
            BtfType type = btf[id];
            yield return $"[{id}] {KindName(type.Kind)} '{NameOrAnonymous(type.Name)}'{Rest(type)}";
            foreach (string line in Parts(btf, type)) yield return "\t" + line;
        }
    }

    private static string Rest(BtfType type) => type.Kind switch
    {
        BtfKind.Int => $" size={type.Size} bits_offset={type.Int.Offset} nr_bits={type.Int.Bits} encoding={Encoding(type.Int)}",
        BtfKind.Array => $" type_id={type.Array.ElementTypeId} index_type_id={type.Array.IndexTypeId} nr_elems={type.Array.Count}",
        BtfKind.Struct or BtfKind.Union or BtfKind.DataSec => $" size={type.Size} vlen={type.Count}",
        BtfKind.Enum or BtfKind.Enum64 => $" encoding={(type.Flag ? "SIGNED" : "UNSIGNED")} size={type.Size} vlen={type.Count}",
        BtfKind.Forward => $" fwd_kind={(type.Flag ? "union" : "struct")}",
        BtfKind.Func => $" type_id={type.TypeId} linkage={Linkage(type.Linkage)}",
        BtfKind.FuncProto => $" ret_type_id={type.TypeId} vlen={type.Count}",
        BtfKind.Var => $" type_id={type.TypeId}, linkage={Linkage(type.Linkage)}",
        BtfKind.Float => $" size={type.Size}",
        BtfKind.DeclTag => $" type_id={type.TypeId} component_idx={type.ComponentIndex}",
        _ => $" type_id={type.TypeId}",
    };

    private static IEnumerable<string> Parts(Btf btf, BtfType type) => type.Kind switch
    {
        BtfKind.Struct or BtfKind.Union => type.GetMembers().Select(m =>
            $"'{NameOrAnonymous(m.Name)}' type_id={m.TypeId} bits_offset={m.BitOffset}"
            + $"{(m.BitFieldSize == 0 ? "" : $" bitfield_size={m.BitFieldSize}")}"),
        BtfKind.FuncProto => type.GetParameters().Select(p => $"'{NameOrAnonymous(p.Name)}' type_id={p.TypeId}"),
        BtfKind.Enum => type.GetEnumerators().Select(e => $"'{e.Name}' val={e.Value}"),
        BtfKind.Enum64 => type.GetEnumerators().Select(e => $"'{e.Name}' val={(type.Flag ? $"{e.Value}LL" : $"{(ulong)e.Value}ULL")}"),
        BtfKind.DataSec =>
            type.GetVariables().Select(v => $"type_id={v.TypeId} offset={v.Offset} size={v.Size} (VAR '{btf[v.TypeId].Name}')"),
        _ => [],
    };

    private static string KindName(BtfKind kind) => kind switch
    {
        BtfKind.FuncProto => "FUNC_PROTO",
        BtfKind.DeclTag => "DECL_TAG",
        BtfKind.TypeTag => "TYPE_TAG",
        BtfKind.Forward => "FWD",
        _ => kind.ToString().ToUpperInvariant(),
    };

    private static string NameOrAnonymous(string name) => name.Length == 0 ? "(anon)" : name;

    private static string Encoding(BtfIntEncoding encoding) =>
        encoding.IsSigned ? "SIGNED" : encoding.IsChar ? "CHAR" : encoding.IsBool ? "BOOL" : "(none)";

    private static string Linkage(BtfLinkage linkage) => linkage.ToString().ToLowerInvariant();
}
