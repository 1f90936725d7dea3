using Skep.Debug.Machine.Image;
using Skep.Isa;

namespace Skep.Debug.Machine.Code;

/// <summary>What an instruction of an inlined lookup becomes.</summary>
internal enum InlinedKind
{
    /// <summary>Nothing.</summary>
    Nothing,

    /// <summary>The call that was there.</summary>
    Call,

    /// <summary>A jump behind the lookup.</summary>
    Jump,

    /// <summary>The number of the CPU.</summary>
    Cpu,
}

/// <summary>An instruction of an inlined lookup.</summary>
/// <param name="Kind">What it becomes.</param>
/// <param name="Target">The slot that a jump goes to.</param>
internal readonly record struct InlinedLookup(InlinedKind Kind, int Target = 0);

/// <summary>
/// Finds the lookups of elements that the verifier put in the place of calls (<c>map_gen_lookup</c> of kernel/bpf/arraymap.c, hashtab.c):
/// they work on the kernel's own structures of maps.
/// </summary>
internal static class InlinedLookups
{
    private const string Helper = "bpf_map_lookup_elem";

    public static Dictionary<int, InlinedLookup> Find(ProgramImage program)
    {
        var found = new Dictionary<int, InlinedLookup>();
        DecodedInstruction[] items = [.. List(program.Instructions.Span)];
        for (int at = 0; at + 2 < items.Length; at++)
        {
            if (IsArray(items, at, out int end))
            {
                found[items[at].Index] = new InlinedLookup(InlinedKind.Call);
                found[items[at + 1].Index] = new InlinedLookup(InlinedKind.Jump, end);
            }
            else if (IsCpu(items, at))
            {
                found[items[at].Index] = new InlinedLookup(InlinedKind.Cpu);
                found[items[at + 1].Index] = found[items[at + 2].Index] = new InlinedLookup(InlinedKind.Nothing);
            }
            else if (IsHash(program, items, at))
            {
                // What follows makes the value's address of the element's: the call gives the value.
                for (int i = 0; i < items[at + 1].Offset; i++) found[items[at + 2 + i].Index] = new InlinedLookup(InlinedKind.Nothing);
            }
        }

        return found;
    }

    // r1 += PLACE; r0 = *(u32 *)(r2 + 0); if r0 >= ENTRIES goto none; ...; goto +1; none: r0 = 0
    private static bool IsArray(DecodedInstruction[] items, int at, out int end)
    {
        end = 0;
        DecodedInstruction add = items[at], load = items[at + 1], check = items[at + 2];
        if (add is not { Kind: OperationKind.Arithmetic, AluOp: AluOp.Add, Dst: Register.R1, UsesSourceRegister: false, Is32Bit: false }
            || load is not { Kind: OperationKind.Load, Dst: Register.R0, Src: Register.R2, Offset: 0, Bytes: 4 }
            || check is not
            {
                Kind: OperationKind.JumpConditional, Condition: Condition.GreaterOrEqual, Dst: Register.R0, UsesSourceRegister: false,
            }) return false;
        int none = at + 3 + check.Offset;
        if (check.Offset < 2 || none >= items.Length || items[none].Index != check.Target()) return false;
        end = items[none].Index + 1;
        return items[none] is { Kind: OperationKind.Move, Dst: Register.R0, Imm: 0, UsesSourceRegister: false }
            && items[none - 1] is { Kind: OperationKind.Jump, Offset: 1 };
    }

    // r0 = NUMBER; r0 = percpu(r0); r0 = *(u32 *)(r0 + 0): bpf_get_smp_processor_id. Of the other variable, the task, all 8 bytes are read.
    private static bool IsCpu(DecodedInstruction[] items, int at) =>
        items[at] is { Kind: OperationKind.Move, Dst: Register.R0, UsesSourceRegister: false }
            && items[at + 1] is { Kind: OperationKind.PerCpuAddress, Dst: Register.R0, Src: Register.R0 }
            && items[at + 2] is { Kind: OperationKind.Load, Dst: Register.R0, Src: Register.R0, Offset: 0, Bytes: 4 };

    // call __htab_map_lookup_elem; if r0 == 0 goto +N; ... r0 += PLACE ...
    private static bool IsHash(ProgramImage program, DecodedInstruction[] items, int at)
    {
        DecodedInstruction check = items[at + 1], add = items[at + 2];
        if (items[at].Kind != OperationKind.CallHelper || program.Calls.GetValueOrDefault(items[at].Index) != Helper
            || !program.GivesElement.Contains(items[at].Index)) return false;
        return check is { Kind: OperationKind.JumpConditional, Condition: Condition.Equal, Dst: Register.R0, Imm: 0, Offset: > 0 }
            && at + 1 + check.Offset < items.Length && add.Kind is OperationKind.Arithmetic or OperationKind.Load;
    }

    private static List<DecodedInstruction> List(ReadOnlySpan<Instruction> slots)
    {
        var items = new List<DecodedInstruction>();
        foreach (DecodedInstruction item in Decoder.Decode(slots)) items.Add(item);
        return items;
    }
}
