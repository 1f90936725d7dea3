using Skep.Isa;

namespace Skep.Guard.Test;

/// <summary>What the instructions of a program call, reachable or not: what the kernel side of guard looks at.</summary>
internal static class ProgramCalls
{
    // BPF_JMP | BPF_CALL; src: a helper, a function of the program, a function of the kernel.
    private const byte Call = 0x85;
    private const int Helper = 0, Kfunc = 2;

    /// <summary>The ids of helpers, each once.</summary>
    public static SortedSet<ulong> Helpers(ReadOnlySpan<Instruction> code)
    {
        var ids = new SortedSet<ulong>();
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i].IsWide) i++;
            else if (code[i] is { Code: Call, Src: Helper }) ids.Add((uint)code[i].Imm);
        }

        return ids;
    }

    /// <summary>Whether any function of the kernel is called.</summary>
    public static bool CallsKfuncs(ReadOnlySpan<Instruction> code)
    {
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i].IsWide) i++;
            else if (code[i] is { Code: Call, Src: Kfunc }) return true;
        }

        return false;
    }
}
