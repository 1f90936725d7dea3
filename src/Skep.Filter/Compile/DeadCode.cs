using Skep.Isa;

namespace Skep.Filter.Compile;

/// <summary>
/// Takes out what no way leads to and jumps that only go to the next instruction. The verifier refuses a program with
/// unreachable instructions (kernel/bpf/verifier.c, check_cfg); a rule for every packet makes those behind it so.
/// </summary>
internal static class DeadCode
{
    internal const byte Call = 0x85;
    private const byte Jump = 0x05, Exit = 0x95;
    private const byte LocalCall = 1;

    /// <param name="program">A program of jumps, calls and exits, with 16-bit jump offsets.</param>
    /// <param name="places">The new place of each slot; of one taken out, the place of the next that stays.</param>
    internal static Instruction[] Remove(Instruction[] program, out int[] places)
    {
        var current = program;
        places = [.. Enumerable.Range(0, program.Length + 1)];
        while (true)
        {
            var kept = Reach(current);
            for (var at = 0; at < current.Length; at++)
                if (current[at].Code == Jump && current[at].Off == 0 && kept[at]) kept[at] = false;
            if (!kept.Contains(false)) return current;
            current = Compact(current, kept, out var moved);
            for (var i = 0; i < places.Length; i++) places[i] = moved[places[i]];
        }
    }

    private static bool[] Reach(Instruction[] program)
    {
        var reached = new bool[program.Length];
        var open = new Stack<int>([0]);
        while (open.TryPop(out var at))
        {
            while (!reached[at])
            {
                reached[at] = true;
                var slot = program[at];
                if (slot.IsWide) reached[++at] = true;
                if (slot.Code == Exit) break;
                if (slot.Code == Jump)
                {
                    at += 1 + slot.Off;
                    continue;
                }
                if (IsConditional(slot)) open.Push(at + 1 + slot.Off);
                if (IsLocalCall(slot)) open.Push(at + 1 + slot.Imm);
                at++;
            }
        }
        return reached;
    }

    private static Instruction[] Compact(Instruction[] program, bool[] kept, out int[] moved)
    {
        moved = new int[program.Length + 1];
        for (var at = 0; at < program.Length; at++) moved[at + 1] = moved[at] + (kept[at] ? 1 : 0);
        var compact = new Instruction[moved[program.Length]];
        for (var at = 0; at < program.Length; at++)
        {
            if (!kept[at]) continue;
            var slot = program[at];
            var isJump = slot.Code == Jump || IsConditional(slot);
            if (isJump) slot = new(slot.Code, slot.Dst, slot.Src, (short)(moved[at + 1 + slot.Off] - moved[at] - 1), slot.Imm);
            if (IsLocalCall(slot)) slot = new(slot.Code, slot.Dst, slot.Src, slot.Off, moved[at + 1 + slot.Imm] - moved[at] - 1);
            compact[moved[at]] = slot;
            if (!slot.IsWide) continue;
            compact[moved[at] + 1] = program[at + 1];
            at++;
        }
        return compact;
    }

    internal static bool IsLocalCall(Instruction slot) => slot.Code == Call && slot.Src == LocalCall;

    internal static bool IsConditional(Instruction slot) =>
        slot.Class is InstructionClass.Jmp or InstructionClass.Jmp32 && slot.Code is not (Jump or Call or Exit);
}
