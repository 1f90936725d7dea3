using System.Diagnostics.CodeAnalysis;
using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Isa;

namespace Skep.Inventory.Code;

/// <summary>What an object file says of each of its functions, found once for all programs that call them.</summary>
internal sealed class ElfIndex
{
    private readonly ElfFile _file;
    private readonly Btf? _btf;
    private readonly Dictionary<(string Section, long Offset), BpfElfProgram> _functions = [];
    private readonly Dictionary<(string Section, uint Offset), uint> _types = [];
    private readonly ILookup<string, BtfExtLine>? _lines;
    private readonly ILookup<string, BtfCoreRelocation>? _core;
    private readonly Dictionary<string, BtfExtLine[]> _linesOfSection = [];
    private readonly Dictionary<string, BtfCoreRelocation[]> _coreOfSection = [];
    private readonly Dictionary<(string Section, int Offset), CodeLine[]> _linesOfFunction = [];
    private readonly Dictionary<ElfSymbol, CodeMap?> _maps = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _settings = [];

    public ElfIndex(ElfFile file, IReadOnlyList<BpfElfProgram> functions, Btf? btf, BtfExt? extension)
    {
        (_file, _btf) = (file, btf);
        foreach (BpfElfProgram function in functions) _functions.TryAdd((function.SectionName, function.Offset), function);
        if (btf is not null && btf.TryFind(".kconfig", BtfKind.DataSec, out BtfType section))
            foreach (BtfSectionVariable variable in section.GetVariables()) _settings.Add(btf[variable.TypeId].Name);
        if (extension is null) return;
        foreach (BtfExtFunction known in extension.Functions) _types[(known.Section, known.ByteOffset)] = known.TypeId;
        _lines = extension.Lines.ToLookup(line => line.Section);
        _core = extension.CoreRelocations.ToLookup(core => core.Section);
    }

    /// <summary>The function at a place.</summary>
    public bool TryFunction(string section, long offset, [NotNullWhen(true)] out BpfElfProgram? function) =>
        _functions.TryGetValue((section, offset), out function);

    /// <summary>The function that an exception of a program ends with; null where it names none.</summary>
    public BpfElfProgram? ExceptionCallbackOf(BpfElfProgram program)
    {
        string? name = _btf is null ? null : ExceptionCallback.NameOf(_btf, program.Name);
        return name is null ? null : _functions.Values.FirstOrDefault(function => function.Name == name);
    }

    /// <summary>The type of a function; 0 when it is not known.</summary>
    public uint TypeOf(BpfElfProgram function) => _types.GetValueOrDefault((function.SectionName, (uint)function.Offset));

    /// <summary>The source lines of a function; their slots are counted from its start.</summary>
    public ReadOnlySpan<CodeLine> LinesOf(BpfElfProgram function)
    {
        if (_lines is null || _btf is null) return [];
        if (_linesOfFunction.TryGetValue((function.SectionName, function.Offset), out CodeLine[]? known)) return known;
        BtfExtLine[] all = Sorted(_linesOfSection, _lines, function.SectionName, line => line.Line.Offset);
        return _linesOfFunction[(function.SectionName, function.Offset)] =
            [.. Within(all, function, line => line.Line.Offset).ToArray().Select(line =>
                LoadedCodeReader.LineOf(_btf, line.Line with { Offset = (uint)SlotOf(function, line.Line.Offset) }))];
    }

    /// <summary>The CO-RE relocations of a function.</summary>
    public ReadOnlySpan<BtfCoreRelocation> CoreOf(BpfElfProgram function) =>
        _core is null ? []
            : Within(Sorted(_coreOfSection, _core, function.SectionName, core => core.ByteOffset), function, core => core.ByteOffset);

    /// <summary>The slot of a place in a function's section, from the function's start.</summary>
    public static int SlotOf(BpfElfProgram function, uint offset) => (int)((offset - (uint)function.Offset) / Instruction.Size);

    /// <summary>The map that a symbol stands for; null when it stands for none.</summary>
    public CodeMap? MapOf(ElfSymbol symbol) =>
        _maps.TryGetValue(symbol, out CodeMap? known) ? known : _maps[symbol] = ElfMaps.OfSymbol(_file, symbol, _btf);

    /// <summary>Whether a name is a setting of the kernel's configuration.</summary>
    public bool IsSetting(string name) => _settings.Contains(name);

    private static T[] Sorted<T>(Dictionary<string, T[]> sorted, ILookup<string, T> all, string section, Func<T, uint> offset) =>
        sorted.TryGetValue(section, out T[]? known) ? known : sorted[section] = [.. all[section].OrderBy(offset)];

    private static ReadOnlySpan<T> Within<T>(T[] sorted, BpfElfProgram function, Func<T, uint> offset)
    {
        int first = FirstFrom((uint)function.Offset), end = FirstFrom((uint)(function.Offset + function.Instructions.Length));
        return sorted.AsSpan(first, Math.Max(0, end - first));

        int FirstFrom(uint place)
        {
            int low = 0, high = sorted.Length;
            while (low < high)
            {
                int middle = (low + high) >>> 1;
                if (offset(sorted[middle]) < place) low = middle + 1;
                else high = middle;
            }

            return low;
        }
    }
}
