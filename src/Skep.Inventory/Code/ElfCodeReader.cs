using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Isa;

namespace Skep.Inventory.Code;

/// <summary>
/// Reads the programs of an object file, linked as libbpf links them before a load: called functions behind the program, references as
/// maps.
/// </summary>
internal static class ElfCodeReader
{
    /// <summary>The programs of an object, in the file's order.</summary>
    public static IReadOnlyList<ProgramCode> Read(ElfFile file)
    {
        IReadOnlyList<BpfElfProgram> all = BpfElfProgram.List(file);
        Btf? btf = ReadBtf(file);
        BtfExt? extension = btf is not null && file.Section(".BTF.ext") is { } section ? BtfExt.Parse(section.Content.Span, btf) : null;

        // An object of functions only is shown by its functions.
        BpfElfProgram[] programs = [.. all.Where(p => !p.IsSubprogram)];
        var index = new ElfIndex(file, all, btf, extension);
        ProgramCode[] linked =
            [.. (programs.Length > 0 ? programs : [.. all]).Select(program => new ElfLinker(file, index, btf).Link(program))];
        TypeTailCalls(linked);
        return linked;
    }

    // iproute2 puts the program of a section "MAP/INDEX" into a map for tail calls: it is of its callers' type.
    private static void TypeTailCalls(ProgramCode[] programs)
    {
        BpfProgramType?[] types = [.. programs.Where(code => code.Type is not null).Select(code => code.Type).Distinct()];
        if (types is not [{ } type]) return;
        for (int i = 0; i < programs.Length; i++)
            if (programs[i] is { Type: null, SectionName: { } section } && IsTailCall(section))
                programs[i] = programs[i] with { Type = type, ExpectedAttachType = default(BpfAttachType) };
    }

    private static bool IsTailCall(string section) =>
        section.Split('/') is [var map, var index] && map.Length > 0 && index.Length > 0 && map.All(char.IsAsciiHexDigit)
            && index.All(char.IsAsciiDigit);

    private static Btf? ReadBtf(ElfFile file)
    {
        if (file.Section(".BTF") is not { Content.Length: > 0 } section) return null;
        try
        {
            byte[] types = section.Content.ToArray();
            Place(file, section, types);
            Btf btf = Btf.Parse(types);
            return IsSound(btf) ? btf : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // A compiler does not know yet where variables will lie in their section: until the object is linked, each offset is 0, with a
    // relocation.
    private static void Place(ElfFile file, ElfSection section, byte[] types)
    {
        foreach (ElfRelocation relocation in file.Relocations(section))
        {
            if (relocation.Symbol is not { } symbol || types.Length < sizeof(uint)
                || relocation.Offset > (ulong)(types.Length - sizeof(uint))) continue;
            Span<byte> place = types.AsSpan((int)relocation.Offset);
            BinaryPrimitives.WriteUInt32LittleEndian(place,
                unchecked(BinaryPrimitives.ReadUInt32LittleEndian(place) + (uint)symbol.Value + (uint)relocation.Addend));
        }
    }

    // The kernel checks what it is given; a file's types may refer to types that are not there, or to themselves.
    private static bool IsSound(Btf btf)
    {
        for (uint id = 1; id < btf.EndId; id++)
        {
            BtfType type = btf[id];
            IEnumerable<uint> used = type.Kind switch
            {
                BtfKind.Struct or BtfKind.Union => type.GetMembers().Select(member => member.TypeId),
                BtfKind.FuncProto => type.GetParameters().Select(parameter => parameter.TypeId).Append(type.TypeId),
                BtfKind.DataSec => type.GetVariables().Select(variable => variable.TypeId),
                BtfKind.Array => [type.Array.ElementTypeId],
                _ => [type.TypeId],
            };
            if (used.Any(other => other >= btf.EndId)) return false;
        }

        // Both throw for a type that is made of itself.
        for (uint id = 1; id < btf.EndId; id++)
        {
            btf.Resolve(id);
            btf.SizeOf(id);
        }

        return true;
    }
}

/// <summary>Links one program of an object.</summary>
internal sealed class ElfLinker(ElfFile file, ElfIndex index, Btf? btf)
{
    // STT_SECTION of elf(5).
    private const int SectionSymbol = 3;

    private readonly List<Instruction> _code = [];
    private readonly Dictionary<BpfElfProgram, int> _starts = new(ReferenceEqualityComparer.Instance);
    private readonly List<(int Slot, BpfElfProgram Function)> _calls = [];
    private readonly List<CodeFunction> _functions = [];
    private readonly List<CodeLine> _lines = [];
    private readonly List<CodeMap> _maps = [];
    private readonly Dictionary<string, int> _mapNumbers = [];
    private readonly Dictionary<int, int> _mapOfSlot = [];
    private readonly Dictionary<int, string> _symbols = [];
    private readonly Dictionary<int, CoreField> _core = [];

    /// <summary>
    /// The program with all that it calls, in the order of libbpf (<c>bpf_object__reloc_code</c>): behind a function what it calls first.
    /// </summary>
    public ProgramCode Link(BpfElfProgram program)
    {
        AppendAll(program);

        // Nobody calls it, and it comes last (bpf_object__relocate of libbpf).
        BpfElfProgram? callback = program.IsSubprogram ? null : index.ExceptionCallbackOf(program);
        if (callback is not null && !_starts.ContainsKey(callback)) AppendAll(callback);

        foreach ((int slot, BpfElfProgram function) in _calls)
        {
            Instruction call = _code[slot];
            _code[slot] =
                new Instruction(call.Code, call.Dst, call.IsWide ? WideSource.Function : CallSource.Local, call.Off,
                    _starts[function] - slot - 1);
        }

        var bytes = new byte[_code.Count * Instruction.Size];
        for (int i = 0; i < _code.Count; i++) _code[i].Write(bytes.AsSpan(i * Instruction.Size));
        bool known = BpfSectionName.TryParse(program.SectionName, out BpfSectionName section) && !program.IsSubprogram;
        return new ProgramCode
        {
            Bytes = bytes,
            Form = ProgramForm.Loaded,
            Name = program.Name,
            SectionName = program.SectionName,
            IsBigEndian = file.IsBigEndian,
            Type = known ? section.Type : null,
            ExpectedAttachType = known ? section.AttachType : null,
            Target = known ? section.Target : null,
            AtReturn =
                program.SectionName.TrimStart('?') is { } name
                    && (name.StartsWith("kret", StringComparison.Ordinal) || name.StartsWith("uret", StringComparison.Ordinal)
                    || name.StartsWith("fexit", StringComparison.Ordinal)),
            License = License(file),
            GplCompatible = License(file) is { } license ? IsGplCompatible(license) : null,
            Btf = btf,
            Functions = _functions,
            ExceptionCallback = callback is null ? null : _starts[callback],
            Lines = _lines,
            Maps = _maps,
            MapOfSlot = _mapOfSlot,
            SymbolOfSlot = _symbols,
            CoreFields = _core,
        };
    }

    private void AppendAll(BpfElfProgram first)
    {
        var pending = new Stack<Queue<BpfElfProgram>>([Append(first)]);
        while (pending.TryPeek(out Queue<BpfElfProgram>? called))
        {
            if (!called.TryDequeue(out BpfElfProgram? next)) pending.Pop();
            else if (!_starts.ContainsKey(next)) pending.Push(Append(next));
        }
    }

    private static string? License(ElfFile file)
    {
        if (file.Section("license") is not { Content.Length: > 0 } section) return null;
        ReadOnlySpan<byte> text = section.Content.Span;
        return System.Text.Encoding.UTF8.GetString(text.IndexOf((byte)0) is >= 0 and var end ? text[..end] : text);
    }

    // include/linux/license.h, license_is_gpl_compatible
    private static bool IsGplCompatible(string license) =>
        license is "GPL" or "GPL v2" or "GPL and additional rights" or "Dual BSD/GPL" or "Dual MIT/GPL" or "Dual MPL/GPL";

    /// <returns>The functions that it calls, in the order of the calls.</returns>
    private Queue<BpfElfProgram> Append(BpfElfProgram function)
    {
        int start = _code.Count, firstCall = _calls.Count;
        _starts.Add(function, start);
        foreach (Instruction slot in Decoder.Slots(function.Instructions.Span)) _code.Add(slot);
        int bytes = (_code.Count - start) * Instruction.Size;
        foreach (CodeLine line in index.LinesOf(function)) _lines.Add(line with { Slot = start + line.Slot });
        foreach (ref readonly BtfCoreRelocation core in index.CoreOf(function))
            _core[start + ElfIndex.SlotOf(function, core.ByteOffset)] = new CoreField(core.TypeId, core.Access, core.Kind);
        _functions.Add(new CodeFunction(start, function.Name, index.TypeOf(function)));
        var relocated = new HashSet<int>();
        foreach (ElfRelocation relocation in function.Relocations)
        {
            int at = (int)(relocation.Offset / Instruction.Size);
            if (relocation.Symbol is not { } symbol || relocation.Offset >= (ulong)bytes) continue;
            relocated.Add(at);
            Apply(start + at, symbol);
        }

        // A call inside of a section needs no relocation.
        foreach (DecodedInstruction item in Decoder.Decode(function.Instructions.Span))
        {
            if (item.Kind is not (OperationKind.CallLocal or OperationKind.LoadFunction) || relocated.Contains(item.Index)) continue;
            if (index.TryFunction(function.SectionName, function.Offset + (item.Target() * Instruction.Size), out BpfElfProgram? called))
                Call(start + item.Index, called);
        }

        return new(_calls.Skip(firstCall).OrderBy(call => call.Slot).Select(call => call.Function));
    }

    private void Apply(int slot, ElfSymbol symbol)
    {
        Instruction first = _code[slot];
        bool wide = first.IsWide && slot + 1 < _code.Count;
        if (index.MapOf(symbol) is { } map && wide)
        {
            Refer(slot, map, ElfMaps.IsVariable(file, symbol) ? (int)symbol.Value + first.Imm : null);
        }
        else if (symbol.SectionIndex > 0 && symbol.SectionIndex < file.Sections.Count && file.Sections[symbol.SectionIndex].IsExecutable)
        {
            // Of a static function, clang refers to the section and keeps the distance in the immediate.
            long offset = (long)symbol.Value + (wide ? first.Imm : (first.Imm + 1L) * Instruction.Size);
            if (symbol.Type != SectionSymbol && !wide) offset = (long)symbol.Value;
            if (index.TryFunction(file.Sections[symbol.SectionIndex].Name, offset, out BpfElfProgram? called)) Call(slot, called);
        }
        else if (symbol.SectionIndex == 0 && symbol.Name.Length > 0)
        {
            ReferOutside(slot, symbol.Name, wide);
        }
    }

    // What is outside of the object: a kernel function, a kernel variable, or a setting of the kernel's configuration.
    private void ReferOutside(int slot, string name, bool wide)
    {
        _symbols[slot] = name;
        Instruction first = _code[slot];
        if (!wide) _code[slot] = new Instruction(first.Code, first.Dst, CallSource.Kfunc, first.Off, first.Imm);
        else if (index.IsSetting(name))
            Refer(slot, new CodeMap { Name = ".kconfig", Type = BpfMapType.Array, KeySize = sizeof(uint), MaxEntries = 1 }, 0);
        else _code[slot] = new Instruction(first.Code, first.Dst, WideSource.BtfId, first.Off, first.Imm);
    }

    private void Refer(int slot, CodeMap map, int? offset)
    {
        if (!_mapNumbers.TryGetValue(map.Name!, out int number))
        {
            _mapNumbers[map.Name!] = number = _maps.Count;
            _maps.Add(map);
        }

        Instruction first = _code[slot], second = _code[slot + 1];
        _mapOfSlot[slot] = number;
        _code[slot] = new Instruction(first.Code, first.Dst, offset is null ? WideSource.MapFd : WideSource.MapValue, first.Off, 0);
        _code[slot + 1] = new Instruction(second.Code, second.Dst, second.Src, second.Off, offset ?? 0);
    }

    private void Call(int slot, BpfElfProgram function) => _calls.Add((slot, function));
}
