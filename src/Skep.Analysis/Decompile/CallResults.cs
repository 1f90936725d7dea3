using Skep.Analysis.Analyze;
using Skep.Bpf;
using Skep.Inventory.Code;

namespace Skep.Analysis.Decompile;

/// <summary>The C types of what helpers and kernel functions return, by their declarations.</summary>
internal static class CallResults
{
    public static CKind Of(ProgramCode code, CallTarget? target) => target switch
    {
        { Kind: CallTargetKind.Function } => CKind.U64,
        { Kind: CallTargetKind.Helper } helper when HelperTable.Of(helper.Name) is { } signature => Of(signature),
        { Kind: CallTargetKind.Kfunc, Name: { } name } when Declared(code.Btf, name) ?? Declared(code.Kernel.Btf, name) is true =>
            CKind.Bytes,
        _ => CKind.Result,
    };

    private static CKind Of(HelperSignature helper) =>
        helper.ReturnsPointer ? CKind.Bytes : helper.Result == HelperResult.UInt64 ? CKind.U64 : CKind.Result;

    private static bool? Declared(Btf? btf, string name) =>
        btf is not null && btf.TryFind(name, BtfKind.Func, out BtfType function)
            && btf.Resolve(function.TypeId) is { Kind: BtfKind.FuncProto } prototype
            ? prototype.TypeId != 0 && btf.Resolve(prototype.TypeId).Kind == BtfKind.Ptr : null;
}
