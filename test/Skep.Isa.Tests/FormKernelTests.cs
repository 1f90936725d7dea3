using System;
using System.Text;
using System.Text.RegularExpressions;

namespace Skep.Isa.Tests;

/// <summary>The verifier of the running kernel decides which words have the form of an instruction. Needs root.</summary>
[Trait("level", "kernel")]
public sealed partial class FormKernelTests
{
    private const int Shown = 20;

    private static readonly (int Dst, int Src)[] _registers =
    [
        (0, 0), (2, 0), (2, 3), (10, 3), (3, 10), (11, 3), (0, 11), (0, 1), (3, 12), (12, 3)
    ];
    private static readonly short[] _offsets = [0, 1, -8, 8, 32, -1];
    private static readonly int[] _immediates = [0, 1, 16, 0x41, 0xe1, 0x100, 0x110, 24];

    [Fact]
    public void A_word_has_a_fault_when_the_verifier_refuses_its_form_and_none_when_it_takes_it()
    {
        Requires.Root();
        Requires.Kernel(6, 18);
        var pairs = Pairs().ToArray();
        var answers = Encoding.ASCII.GetString(
            Tool.Run(CProgram.Path("forms.c"), Encoder.Bytes(pairs).ToArray())).TrimEnd('\n').Split('\n');
        var (taken, refused) = (0, 0);
        var wrong = new List<string>();
        for (var i = 0; i < answers.Length; i++)
        {
            var pair = pairs.AsSpan(2 * i, 2);
            var item = Decoder.Decode(pair[0].IsWide ? pair : pair[..1], 0);
            var accepted = item.IsValid && !item.IsKernelInternal;
            if (answers[i] == "OK")
            {
                if (!accepted) wrong.Add($"{pair[0]}: {item.Kind}, {item.Fault}; the kernel loads it");
                taken++;
            }
            // Calls and jumps by register are younger than Linux 6.18.
            else if (FormError().IsMatch(answers[i]) && item.Kind is not (OperationKind.CallIndirect or OperationKind.JumpIndirect))
            {
                if (accepted) wrong.Add($"{pair[0]}: {item.Kind}, no fault; the kernel says: {answers[i]}");
                refused++;
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(Shown))}");
        Assert.Equal(pairs.Length / 2, answers.Length);
        Assert.True(taken > 300, $"{taken} taken");
        Assert.True(refused > 10_000, $"{refused} refused");
    }

    private static IEnumerable<Instruction> Pairs() =>
        from code in Enumerable.Range(0, 256)
        from registers in _registers
        from off in _offsets
        from imm in _immediates
        from slot in new[] { new Instruction(
            (byte)code, registers.Dst, registers.Src, off, imm), new Instruction(0, 0, 0, 0, off == 0 ? 0 : 7) }
        select slot;

    [GeneratedRegex(
        "reserved fields|unknown opcode|invalid atomic|R[0-9]+ is invalid|unrecognized bpf_ld_imm64|invalid bpf_ld_imm64"
        + "|invalid may_goto|invalid BPF_")]
    private static partial Regex FormError();
}
