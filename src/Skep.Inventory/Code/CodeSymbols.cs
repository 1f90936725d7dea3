using Skep.Isa;

namespace Skep.Inventory.Code;

/// <summary>Names for the disassembly of a program.</summary>
internal sealed class CodeSymbols(ProgramCode code) : ISymbolResolver
{
    // In translated code the disassembler prints the map's id, as bpftool does.
    public string? Map(in DecodedInstruction load) =>
        code.Form == ProgramForm.Loaded && code.MapAt(load.Index) is { Name.Length: > 0 } map ? $"map[{map.Name}]" : null;

    public string? KernelFunction(in DecodedInstruction call) =>
        code.Form == ProgramForm.Translated ? code.Kernel.Symbols?.CallTarget(call.Imm) : code.CallAt(call)?.Name;

    public string? Variable(in DecodedInstruction load) => code.SymbolOfSlot.GetValueOrDefault(load.Index);
}
