using System.Runtime.InteropServices;
using Skep.Isa;

namespace Skep.Bpf;

public sealed unsafe partial class BpfProgram
{
    /// <summary>Loads a program: the kernel verifies it and translates it to machine code.</summary>
    /// <param name="type">The type.</param>
    /// <param name="instructions">8 bytes an instruction word, in the machine's order.</param>
    /// <param name="options">The rest.</param>
    /// <exception cref="BpfLoadException">The kernel refused it; the exception has the verifier's log.</exception>
    /// <exception cref="NotSupportedByKernelException">The kernel does not know the type.</exception>
    public static BpfProgram Load(BpfProgramType type, ReadOnlySpan<ulong> instructions, ProgramLoadOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return ProgramLoader.Load(type, instructions, options, out _);
    }

    /// <summary>Loads a program and gives the verifier's log of <see cref="ProgramLoadOptions.LogLevel"/>.</summary>
    /// <param name="type">The type.</param>
    /// <param name="instructions">8 bytes an instruction word, in the machine's order.</param>
    /// <param name="options">The rest.</param>
    /// <param name="log">The verifier's log; empty when the level is 0.</param>
    public static BpfProgram Load(BpfProgramType type, ReadOnlySpan<ulong> instructions, ProgramLoadOptions options, out string log)
    {
        ArgumentNullException.ThrowIfNull(options);
        return ProgramLoader.Load(type, instructions, options, out log);
    }

    /// <summary>Loads a program that <see cref="Assembler.Build"/> made.</summary>
    /// <param name="type">The type.</param>
    /// <param name="instructions">The instruction words.</param>
    /// <param name="options">The rest; null for the defaults.</param>
    /// <exception cref="BpfLoadException">The kernel refused it; the exception has the verifier's log.</exception>
    /// <exception cref="NotSupportedByKernelException">The kernel does not know the type.</exception>
    public static BpfProgram Load(BpfProgramType type, ReadOnlySpan<Instruction> instructions, ProgramLoadOptions? options = null) =>
        Load(type, MemoryMarshal.Cast<Instruction, ulong>(instructions), options ?? new ProgramLoadOptions());

    /// <summary>Loads a program from the bytes of its instructions.</summary>
    /// <param name="type">The type.</param>
    /// <param name="options">The rest.</param>
    /// <param name="instructions">A whole number of instruction words of 8 bytes.</param>
    public static BpfProgram LoadBytes(BpfProgramType type, ReadOnlySpan<byte> instructions, ProgramLoadOptions options)
    {
        if (instructions.Length % sizeof(ulong) != 0)
            throw new ArgumentException($"{instructions.Length} bytes are not a whole number of instruction words of 8");
        return Load(type, MemoryMarshal.Cast<byte, ulong>(instructions), options);
    }
}
