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

    /// <summary>The functions of the kernel, each once, by id of BTF and by whose it is: 0 for the kernel's own, else a module's.</summary>
    public static SortedSet<(uint Id, short Module)> Kfuncs(ReadOnlySpan<Instruction> code)
    {
        var functions = new SortedSet<(uint, short)>();
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i].IsWide) i++;
            else if (code[i] is { Code: Call, Src: Kfunc }) functions.Add(((uint)code[i].Imm, code[i].Off));
        }

        return functions;
    }
}
