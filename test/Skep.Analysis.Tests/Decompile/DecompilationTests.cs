using System.Globalization;
using System.Runtime.InteropServices;
using CsCheck;
using Skep.Analysis.Decompile;
using Skep.Analysis.Diff;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Analysis.Tests.Decompile;

public sealed class DecompilationTests
{
    [Fact]
    public void Any_bytes_are_written_and_compared() =>
        Gen.Select(Gen.ULong.Array[1, 40], RandomProgram.AnyFlow).Sample(
            (words, program) =>
            {
                ProgramCode any = CodeFileReader.Raw(MemoryMarshal.AsBytes(words.AsSpan()).ToArray()), valid = Code(program);
                Assert.NotEmpty(Text(any));
                Assert.NotEmpty(Text(valid));
                Assert.False(ProgramDiff.Of(any, valid).IsIdentical);
                Assert.True(ProgramDiff.Of(valid, valid).IsIdentical);
            },
            iter: 200);

    [Fact]
    public void Widths_and_signs_are_marked()
    {
        var a = new Assembler();
        Label end = a.DefineLabel();
        a.Call(7).Mov(R6, R0).Call(7).Mov(R1, R6).Arsh(R1, 3).Add32(R1, R0).JumpIf32(Condition.SignedLess, R6, -5, end)
            .Mov32(R1, 0).Bind(end).Mov(R0, R1).Exit();

        Assert.Equal(
            """
            u64 program(void)
            {
                u32 ret;
                u64 random;

                random = bpf_get_prandom_u32();
                ret = (u32)((s64)random >> 3) + (u32)bpf_get_prandom_u32();
                if ((s32)random < -5) {
                    return ret;
                }
                return 0;
            }

            """,
            Text(Code(a.Build())));
    }

    [Fact]
    public void The_top_of_the_frame_given_to_a_call_is_no_object()
    {
        var a = new Assembler();
        a.Mov(R1, R10).Mov(R2, 16).Call(16).Mov(R0, 0).Exit();
        Assert.Contains("bpf_get_current_comm(frame, 16);", Text(Code(a.Build())), StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_that_this_kernel_lacks_take_what_the_object_declares()
    {
        string text = Text(Assert.Single(BpfPrograms.OfSource("Programs/kfuncs.bpf.c")));
        Assert.Contains("bpf_skep_thing_new___new(1, 7, ctx)", text, StringComparison.Ordinal);
        Assert.Contains("bpf_skep_thing_new___old(2)", text, StringComparison.Ordinal);
        Assert.Matches(@"bpf_skep_thing_drop\(\w+\);", text);
        Assert.Contains("bpf_skep_now()", text, StringComparison.Ordinal);
    }

    private static ProgramCode Code(Instruction[] program) => CodeFileReader.Raw(MemoryMarshal.AsBytes(program.AsSpan()).ToArray());

    private static string Text(ProgramCode code)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        DecompilationWriter.WriteText(text, Decompilation.Of(code), default);
        return text.ToString();
    }
}
