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
        if (!CodeFileReader.TryReadObject(file, out IReadOnlyList<ProgramCode> all, out string? fault))
            throw new InvalidDataException($"read an object: {fault}");
        ProgramName[] names = [.. all.Select(ProgramName.Of)];
        if (!ProgramChoice.TryFind(program is null ? [.. names.Take(1)] : names, program, out int index, out string? mistake))
            throw new InvalidDataException($"read an object: {mistake}");
        ProgramCode main = all[index];
        ProgramCode[] chosen = [main, .. all.Where(code => code != main && code.Type == main.Type)];
        var machine = new BpfMachine([.. chosen.Select(ProgramImage.Of)], options);
        if (ElfFile.TryParse(file, out ElfFile? elf, out _) && main.Btf is { } btf) FillArrays(machine, elf, btf);
        return machine;
    }

    // libbpf puts what "values" refers to into the map: bpf_object__collect_map_relos.
    private static void FillArrays(BpfMachine machine, ElfFile elf, Btf btf)
    {
        const string Definitions = ".maps", Values = "values";
        if (elf.Section(Definitions) is not { } section) return;
        IReadOnlyList<ElfRelocation> relocations = elf.Relocations(section);
        foreach (ElfSymbol symbol in elf.Symbols.Where(symbol => symbol.SectionIndex == section.Index))
        {
            if (machine.Map(symbol.Name) is not { Definition.Type: BpfMapType.ProgArray } map
                || !btf.TryFind(symbol.Name, BtfKind.Var, out BtfType variable)
                || btf.Resolve(variable.TypeId) is not { Kind: BtfKind.Struct } definition
                || !definition.TryFindMember(Values, out BtfMember values)) continue;
            ulong start = symbol.Value + (values.BitOffset / 8);
            foreach (ElfRelocation relocation in relocations)
            {
                ulong index = (relocation.Offset - start) / sizeof(ulong);
                if (relocation.Offset < start || index >= map.Definition.MaxEntries || relocation.Symbol is not { } target) continue;
                Put(machine, map, (uint)index, target.Name);
            }
        }
    }

    private static void Put(BpfMachine machine, MachineMap map, uint index, string name)
    {
        for (int i = 0; i < machine.Programs.Count; i++)
            if (machine.Programs[i].Name == name) machine.SetProgram(map, index, i);
    }
}
