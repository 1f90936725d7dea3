using Skep.Bpf;
using Skep.Isa;

namespace Skep.Inventory.Code;

/// <summary>Finds what calls call. Helpers of translated code are addresses: their symbols in /proc/kallsyms tell the helper.</summary>
internal static class CallResolver
{
    public static CallTarget? Resolve(ProgramCode code, in DecodedInstruction call) => call.Kind switch
    {
        OperationKind.CallHelper when code.Form == ProgramForm.Loaded => new CallTarget(CallTargetKind.Helper, HelperNames.Of(call.Imm)),
        OperationKind.CallHelper => OfSymbol(code, call),
        OperationKind.CallKfunc when code.SymbolOfSlot.TryGetValue(call.Index, out string? name) =>
            new CallTarget(CallTargetKind.Kfunc, name),
        OperationKind.CallKfunc when code.Form == ProgramForm.Translated => new CallTarget(CallTargetKind.Kfunc, Symbol(code, call)),
        OperationKind.CallKfunc => new CallTarget(CallTargetKind.Kfunc, call.Offset == 0 ? KernelFunction(code, (uint)call.Imm) : null),
        OperationKind.CallLocal => new CallTarget(CallTargetKind.Function, code.FunctionName(call.Target(code.Form))),
        OperationKind.TailCall => new CallTarget(CallTargetKind.Helper, "bpf_tail_call"),
        _ => null,
    };

    // Bytes that were captured on a machine name its kernel's functions by their BTF ids.
    private static string? KernelFunction(ProgramCode code, uint id) =>
        code.Kernel.Btf is { } btf && id < btf.EndId && btf[id] is { Kind: BtfKind.Func } function ? function.Name : null;

    private static CallTarget OfSymbol(ProgramCode code, in DecodedInstruction call)
    {
        // A call that the verifier did not rewrite keeps the helper's id: of a program that is offloaded.
        if (Symbol(code, call) is not { } symbol) return new CallTarget(CallTargetKind.Kernel, null);
        return HelperSymbols.HelperOf(symbol) is { } helper
            ? new CallTarget(CallTargetKind.Helper, helper, symbol == helper ? null : symbol)
            : new CallTarget(CallTargetKind.Kernel, symbol);
    }

    private static string? Symbol(ProgramCode code, in DecodedInstruction call) =>
        code.Kernel.Symbols?.CallTarget(call.Imm) is { } symbol && !symbol.StartsWith("0x", StringComparison.Ordinal) ? symbol : null;
}
