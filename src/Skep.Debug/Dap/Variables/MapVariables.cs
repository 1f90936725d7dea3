using Skep.Bpf;
using Skep.Debug.Debugger;
using Skep.Debug.Machine.Maps;
using Skep.Inventory.Code;
using Skep.Maps.Typed;

namespace Skep.Debug.Dap.Variables;

/// <summary>Maps and what they hold, by the types of the program's BTF.</summary>
internal sealed class MapVariables
{
    private readonly DebugSession _session;
    private readonly Dictionary<string, CodeMap> _maps;
    private readonly Dictionary<Btf, TypedValueWriter> _types = [];

    public MapVariables(DebugSession session)
    {
        _session = session;
        _maps = session.Code.Maps.DistinctBy(map => map.Label).ToDictionary(map => map.Label, StringComparer.Ordinal);
    }

    /// <summary>All maps.</summary>
    public IEnumerable<Variable> All() => _session.Machine.Maps.Select(Of);

    /// <summary>The value of a map of this name, typed; null where its type is not known.</summary>
    public Variable? Typed(string map, string name, ReadOnlySpan<byte> value, ulong address) =>
        _maps.TryGetValue(map, out CodeMap? code) && code is { Btf: { } btf, ValueTypeId: not 0 } && !IsSection(code)
            ? ValueTree.Typed(name, TypesOf(btf), code.ValueTypeId, value, address) : null;

    private static bool IsSection(CodeMap map) => map.Variables.Count > 0
        || (map.Btf is { } btf && map.ValueTypeId != 0 && btf.Resolve(map.ValueTypeId).Kind == BtfKind.DataSec);

    private Variable Of(MachineMap map)
    {
        CodeMap? code = _maps.GetValueOrDefault(map.Definition.Name);
        string type = BpfMapTypeNames.Name(map.Definition.Type);
        if (code is not null && IsSection(code))
            return new Variable(map.Definition.Name, $"{type}, global variables") { Type = type, Children = () => Globals(map, code) };
        return new Variable(map.Definition.Name, $"{type}, {map.Count} of {map.Definition.MaxEntries}")
        {
            Type = type,
            Children = map.NextSlot(-1) >= 0 ? () => Entries(map, code) : null,
            Count = map.Count > 100 ? map.Count : null,
        };
    }

    private IEnumerable<Variable> Entries(MachineMap map, CodeMap? code)
    {
        for (int slot = map.NextSlot(-1); slot >= 0; slot = map.NextSlot(slot))
        {
            byte[] key = map.KeyOf(slot);
            if (map.Get(key) is { } value) yield return Entry(map, code, key, value, map.ValueAddress(slot, 0));
        }
    }

    private Variable Entry(MachineMap map, CodeMap? code, byte[] key, byte[] value, ulong address)
    {
        string name = code is { Btf: { } btf, KeyTypeId: not 0 } ? ValueTree.Typed("", TypesOf(btf), code.KeyTypeId, key).Value
            : key.Length == sizeof(uint) && map.Definition.Type is BpfMapType.Array or BpfMapType.PercpuArray
                ? $"{BitConverter.ToUInt32(key)}" : ValueTree.Hex(key);
        name = $"[{name}]";
        ulong? place = address == 0 ? null : address;
        int size = (int)map.Definition.ValueSize, stride = (size + 7) & ~7;
        if (size == 0 || value.Length < stride * 2 || value.Length % stride != 0) return Value(code, name, value, place);
        return new Variable(name, $"{value.Length / stride} CPUs")
        {
            Children = () => Enumerable.Range(0, value.Length / stride)
                .Select(cpu => Value(code, $"CPU {cpu}", value.AsSpan(cpu * stride, size), null)),
        };
    }

    private Variable Value(CodeMap? code, string name, ReadOnlySpan<byte> value, ulong? address) =>
        code is { Btf: { } btf, ValueTypeId: not 0 }
            ? ValueTree.Typed(name, TypesOf(btf), code.ValueTypeId, value, address) : ValueTree.Raw(name, value, address);

    // By BTF, which has the types; by symbols, where there is none.
    private IEnumerable<Variable> Globals(MachineMap map, CodeMap code)
    {
        byte[] value = map.Get(new byte[sizeof(uint)]) ?? [];
        ulong address = map.ValueAddress(0, 0);
        if (code is { Btf: { } btf, ValueTypeId: not 0 })
        {
            foreach (BtfSectionVariable variable in btf.Resolve(code.ValueTypeId).GetVariables())
            {
                BtfType declared = btf.Resolve(variable.TypeId);
                if (declared.Kind == BtfKind.Var && variable.Offset < value.Length)
                    yield return ValueTree.Typed(declared.Name, TypesOf(btf), declared.TypeId,
                        value.AsSpan((int)variable.Offset, (int)Math.Min(variable.Size, value.Length - variable.Offset)),
                        address + variable.Offset);
            }

            yield break;
        }

        foreach (CodeVariable variable in code.Variables)
            if (variable.Offset >= 0 && variable.Offset < value.Length)
                yield return ValueTree.Raw(variable.Name,
                    value.AsSpan((int)variable.Offset, (int)Math.Clamp(variable.Size, 0, value.Length - variable.Offset)),
                    address + (ulong)variable.Offset);
    }

    private TypedValueWriter TypesOf(Btf btf) =>
        _types.TryGetValue(btf, out TypedValueWriter? types) ? types : _types[btf] = new TypedValueWriter(btf, plain: false);
}
