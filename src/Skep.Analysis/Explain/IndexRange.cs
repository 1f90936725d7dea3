using Skep.Analysis.Analyze;
using Skep.Isa;

namespace Skep.Analysis.Explain;

/// <summary>Which bytes of a stack frame a pointer with a computed offset may mean.</summary>
internal static class IndexRange
{
    /// <summary>Offsets from the frame's top: the first, and the one after the last. All, where the code does not bound them.</summary>
    /// <param name="analysis">The program.</param>
    /// <param name="address">The pointer.</param>
    /// <param name="size">Bytes that are written there; null when that is not known.</param>
    public static (long First, long End) Of(ProgramAnalysis analysis, in Value address, int? size)
    {
        (long, long) all = (long.MinValue, long.MaxValue);
        if (address is not { Kind: ValueKind.Stack, Origin: >= 0, Base: not Value.AnyOffset }
            || analysis.StateBefore(address.Origin) is not { } state) return all;
        DecodedInstruction sum = Decoder.Decode(analysis.Code.Instructions, address.Origin);
        if (!sum.UsesSourceRegister
            || Largest(analysis, state[sum.Dst].Kind == ValueKind.Stack ? state[sum.Src] : state[sum.Dst]) is not { } largest) return all;
        return (address.Base, size is { } bytes ? address.Base + largest + bytes : long.MaxValue);
    }

    // A number that was masked, divided with remainder, or loaded as a few bytes. Its origin's bits from Low, moved left.
    private static long? Largest(ProgramAnalysis analysis, in Value index)
    {
        const int widest = 16;
        if (index is not { Kind: ValueKind.Scalar, Origin: >= 0 }) return null;
        long? whole = Decoder.Decode(analysis.Code.Instructions, index.Origin) switch
        {
            { Kind: OperationKind.Arithmetic, AluOp: AluOp.And, UsesSourceRegister: false, Imm: >= 0 and var mask } => mask,
            { Kind: OperationKind.Arithmetic, AluOp: AluOp.Mod, UsesSourceRegister: false, Imm: > 0 and var divisor } => divisor - 1,
            _ when index.Width <= widest => ((1L << index.Width) - 1) << index.Low,
            _ => null,
        };
        return whole >> index.Low << index.Left;
    }
}
