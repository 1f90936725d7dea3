using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Dump;

/// <summary>
/// A program's names as bpftool prints them: of functions of a loaded program, the kernel's symbols of their machine code.
/// </summary>
internal sealed class DumpSymbols : ISymbolResolver
{
    private readonly ISymbolResolver _names;
    private readonly Dictionary<long, string> _functions = [];

    private DumpSymbols(ProgramCode code)
    {
        _names = code.Symbols;
        if (code.Form == ProgramForm.Loaded)
        {
            foreach (CodeFunction function in code.Functions)
                if (function.Name is { Length: > 0 } name) _functions[function.Slot] = name;
            return;
        }

        // bpf_insn_prepare_dump leaves the number of the called function in the immediate.
        foreach (DecodedInstruction item in Decoder.Decode(code.Instructions))
        {
            if (item.Kind != OperationKind.CallLocal || (uint)item.Imm >= (uint)code.JitedAddresses.Count) continue;
            ulong address = code.JitedAddresses[item.Imm];
            if (address != 0) _functions[item.Target(code.Form)] = code.Kernel.Symbol(address) ?? $"0x{address:x}";
        }
    }

    public static ISymbolResolver Of(ProgramCode code) => new DumpSymbols(code);

    public string? Function(long slot) => _functions.GetValueOrDefault(slot);

    public string? KernelFunction(in DecodedInstruction call) => _names.KernelFunction(call);

    public string? Variable(in DecodedInstruction load) => _names.Variable(load);

    public string? Map(in DecodedInstruction load) => _names.Map(load);

    public uint? MapId(int fd) => _names.MapId(fd);
}
