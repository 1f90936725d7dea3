using System.Runtime.InteropServices;
using Skep.Analysis.Dump;
using Skep.Inventory.Code;
using Skep.Output;

namespace Skep.Analysis.Jited;

/// <summary>The machine code of a function of a loaded program.</summary>
/// <param name="Prototype">Its prototype; null without BTF.</param>
/// <param name="Name">The kernel's symbol, else its address, else <c>unknown</c>.</param>
/// <param name="Code">The machine code.</param>
/// <param name="Address">Where the kernel keeps it; 0 when that is hidden.</param>
/// <param name="Lines">The source lines of it.</param>
/// <param name="LineStarts">The address at which each line begins.</param>
internal sealed record JitedFunction(
    string? Prototype, string Name, ReadOnlyMemory<byte> Code, ulong Address, IReadOnlyList<CodeLine> Lines,
    IReadOnlyList<ulong> LineStarts)
{
    /// <summary>The functions of a program.</summary>
    /// <exception cref="NotSupportedException">There is no machine code, it may not be read, or it is of another machine.</exception>
    public static IReadOnlyList<JitedFunction> Of(ProgramCode code)
    {
        ReadOnlyMemory<byte> jited = CodeOf(code);
        if (code.Kernel.Architecture is not Architecture.X64)
        {
            string machine = code.Kernel.Architecture?.ToString() ?? "a machine that is not known";
            throw new NotSupportedException(
                $"disassemble the machine code of {Title(code)}: it is for {machine}, and only x86-64 is "
                + $"known (write it to a file: skep prog dump jited PROG file PATH)");
        }

        IReadOnlyList<uint> lengths =
            code.JitedLengths.Sum(length => (long)length) == jited.Length ? code.JitedLengths : [(uint)jited.Length];
        var functions = new List<JitedFunction>(lengths.Count);
        int start = 0;
        for (int i = 0; i < lengths.Count; i++)
        {
            int length = (int)lengths[i];
            ulong address = i < code.JitedAddresses.Count ? code.JitedAddresses[i] : 0;
            string name = address == 0 ? "unknown" : code.Kernel.Symbol(address) ?? $"0x{address:x16}";
            string? prototype = code.Btf is { } btf && i < code.Functions.Count ? PrototypeText.Of(btf, code.Functions[i].TypeId) : null;
            int[] lines = [.. Enumerable.Range(0, Math.Min(code.Lines.Count, code.JitedLines.Count))
                .Where(line => address != 0 && code.JitedLines[line] >= address && code.JitedLines[line] < address + (ulong)length)];
            functions.Add(new JitedFunction(
                prototype is null ? null : SafeText.Escape(prototype), SafeText.Escape(name), jited.Slice(start, length), address,
                [.. lines.Select(line => code.Lines[line])], [.. lines.Select(line => code.JitedLines[line])]));
            start += length;
        }

        return functions;
    }

    /// <summary>The machine code of all functions.</summary>
    /// <exception cref="NotSupportedException">There is none, or it may not be read.</exception>
    public static ReadOnlyMemory<byte> CodeOf(ProgramCode code)
    {
        if (code.Jited.Length > 0) return code.Jited;
        string why = code.Info switch
        {
            null => "it is not loaded (name a program of the kernel: skep prog list)",
            { JitedLength: 0 } =>
                "the kernel runs it by its interpreter, or does not show it (see /proc/sys/net/core/bpf_jit_enable, and run as root)",
            _ => "the kernel hides it (that needs CAP_SYSLOG, and kernel.kptr_restrict below 2)",
        };
        throw new NotSupportedException($"read the machine code of {Title(code)}: {why}");
    }

    private static string Title(ProgramCode code) => code.Info is { } info ? $"program {info.Id}" : code.Name ?? "the file's program";
}
