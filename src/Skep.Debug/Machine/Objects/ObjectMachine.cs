using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;
using Skep.Debug.Objects;
using Skep.Inventory.Code;

namespace Skep.Debug.Machine.Objects;

/// <summary>Makes machines of object files.</summary>
public static class ObjectMachine
{
    /// <summary>
    /// A machine with a program of an object, and with the others of its type, which it may call where the object puts them into an array
    /// of programs.
    /// </summary>
    /// <param name="file">The object.</param>
    /// <param name="program">The program that is number 0, as <see cref="ProgramChoice"/> takes it; null for the first one.</param>
    /// <param name="options">The rest.</param>
    /// <exception cref="InvalidDataException">It is no object, or has no such program.</exception>
    /// <exception cref="NotSupportedException">No machine runs it.</exception>
    public static BpfMachine Create(byte[] file, string? program = null, MachineOptions? options = null)
    {
        IReadOnlyList<ProgramCode> all = ReadAll(file);
        ProgramName[] names = [.. all.Select(ProgramName.Of)];
        if (!ProgramChoice.TryFind(program is null ? [.. names.Take(1)] : names, program, out int index, out string? mistake))
            throw new InvalidDataException($"read an object: {mistake}");
        return Create(file, all, all[index], options);
    }

    /// <summary>The same of a program of the object that was changed since it was read: its relocations are applied.</summary>
    /// <param name="file">The object.</param>
    /// <param name="main">The program that is number 0.</param>
    /// <param name="options">The rest.</param>
    /// <exception cref="InvalidDataException">It is no object.</exception>
    /// <exception cref="NotSupportedException">No machine runs it.</exception>
    public static BpfMachine Create(byte[] file, ProgramCode main, MachineOptions? options) => Create(file, ReadAll(file), main, options);

    private static IReadOnlyList<ProgramCode> ReadAll(byte[] file) =>
        CodeFileReader.TryReadObject(file, out IReadOnlyList<ProgramCode> all, out string? fault) ? all
            : throw new InvalidDataException($"read an object: {fault}");

    private static BpfMachine Create(byte[] file, IReadOnlyList<ProgramCode> all, ProgramCode main, MachineOptions? options)
    {
        var name = ProgramName.Of(main);
        ProgramCode[] chosen = [main, .. all.Where(code => ProgramName.Of(code) != name && code.Type == main.Type)];
        var machine = new BpfMachine([.. chosen.Select(ProgramImage.Of)], options);
        if (ElfFile.TryParse(file, out ElfFile? elf, out _) && main.Btf is { } btf) FillArrays(machine, elf, btf);
        return machine;
    }

    // libbpf puts what "values" refers to into the map, programs and maps: bpf_object__collect_map_relos.
    private static void FillArrays(BpfMachine machine, ElfFile elf, Btf btf)
    {
        const string Definitions = ".maps", Values = "values";
        if (elf.Section(Definitions) is not { } section) return;
        IReadOnlyList<ElfRelocation> relocations = elf.Relocations(section);
        foreach (ElfSymbol symbol in elf.Symbols.Where(symbol => symbol.SectionIndex == section.Index))
        {
            if (machine.Map(symbol.Name) is not { } map || !IsOfReferences(map)
                || !btf.TryFind(symbol.Name, BtfKind.Var, out BtfType variable)
                || btf.Resolve(variable.TypeId) is not { Kind: BtfKind.Struct } definition
                || !definition.TryFindMember(Values, out BtfMember values)) continue;
            ulong start = symbol.Value + (values.BitOffset / 8), end = symbol.Value + symbol.Size;
            foreach (ElfRelocation relocation in relocations)
            {
                if (relocation.Offset < start || relocation.Offset >= end || relocation.Symbol is not { } target) continue;
                uint index = (uint)((relocation.Offset - start) / sizeof(ulong));
                if (map.Definition.Type == BpfMapType.ProgArray) PutProgram(machine, map, index, target.Name);
                else if (CodeFileReader.MapOf(elf, target, btf) is { } inner) PutMap(machine, map, index, inner);
            }
        }
    }

    private static bool IsOfReferences(MachineMap map) =>
        map.Definition.Type is BpfMapType.ProgArray or BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps;

    private static void PutProgram(BpfMachine machine, MachineMap map, uint index, string name)
    {
        if (index >= map.Definition.MaxEntries) return;
        for (int i = 0; i < machine.Programs.Count; i++)
            if (machine.Programs[i].Name == name) machine.SetProgram(map, index, i);
    }

    private static void PutMap(BpfMachine machine, MachineMap map, uint index, CodeMap inner)
    {
        if (machine.Map(inner.Label) is not { } target)
        {
            if (MapDefinition.Of(inner, out string? reason) is not { } definition)
                throw new NotSupportedException($"fill map {map.Definition.Name}: {reason}");
            target = machine.AddMap(definition);
        }

        machine.SetMap(map, BitConverter.GetBytes(index), target);
    }
}
