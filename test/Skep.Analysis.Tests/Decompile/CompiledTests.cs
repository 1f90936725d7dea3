using System.Runtime.InteropServices;
using CsCheck;
using Skep.Inventory.Code;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>The text, compiled by gcc and run, beside the instructions.</summary>
public sealed class CompiledTests
{
    private const int Programs = 300, Steps = 3000;

    [Fact]
    public void The_text_computes_what_the_instructions_compute()
    {
        var programs = new List<(Instruction[] Program, byte[] Content, ulong Result, byte[] Buffer)>();
        Gen.Select(RandomProgram.Loops, LiftTests.Content).Sample(
            (program, content) =>
            {
                var memory = new MachineMemory(content);
                if (BytecodeMachine.Run(program, memory, RandomProgram.Arguments, Steps) is { } result)
                    programs.Add((program, content, result, memory.Buffer));
            },
            iter: Programs,
            threads: 1);
        Assert.True(programs.Count > Programs / 2, $"{programs.Count} of {Programs} programs ended");
        (ulong Result, byte[] Buffer)[] ran = CompiledC.Run([.. programs.Select(one => (Raw(one.Program), new[] { one.Content }))]);
        for (int i = 0; i < ran.Length; i++)
            Assert.True(ran[i].Result == programs[i].Result && ran[i].Buffer.AsSpan().SequenceEqual(programs[i].Buffer),
                Failure(programs[i].Program, programs[i].Content, programs[i].Result, ran[i].Result));
    }

    // Each operation of each width and sign, of the numbers at which C and BPF part.
    [Fact]
    public void Every_operation_is_right_at_its_edges()
    {
        ulong[] edges =
            [0, 1, 2, 5, 31, 32, 33, 63, 64, 65, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000,
                long.MaxValue, 0x8000_0000_0000_0000, ulong.MaxValue - 4, ulong.MaxValue];
        byte[][] contents =
            [
                .. edges.SelectMany(
                    (edge, i) =>
                        edges.Where((_, j) => (i + j) % 8 == 0 || i == j)
                            .Select(
                                other =>
                                    (byte[])[.. BitConverter.GetBytes(edge), .. BitConverter.GetBytes(other),
                                        .. new byte[MachineMemory.BufferSize - 16]]))];

        // r2 = buffer[0], r3 = buffer[1]; the operation; what it gives is stored, shifted, divided and compared without a sign.
        Instruction[][] programs =
        [
            .. Operations().Select(operation => (Instruction[])
            [
                new(0xbf, 6, 1, 0, 0), new(0x79, 2, 6, 0, 0), new(0x79, 3, 6, 8, 0), operation, new(0x7b, 6, 2, 16, 0),
                new(0xbf, 0, 2, 0, 0), new(0x77, 0, 0, 0, 3), new(0xbf, 4, 2, 0, 0),
                new(0x37, 4, 0, 0, 3), new(0x0f, 0, 4, 0, 0), new(0x2d, 2, 3, 1, 0), new(0xa7, 0, 0, 0, 1), new(0x95, 0, 0, 0, 0),
            ]),
        ];
        (ulong Result, byte[] Buffer)[] ran = CompiledC.Run([.. programs.Select(program => (Raw(program), contents))]);
        var failed = new Dictionary<int, string>();
        for (int i = 0; i < ran.Length; i++)
        {
            (Instruction[] program, byte[] content) = (programs[i / contents.Length], contents[i % contents.Length]);
            var memory = new MachineMemory(content);
            ulong expected = BytecodeMachine.Run(program, memory, RandomProgram.Arguments, Steps)!.Value;
            if (ran[i].Result != expected || !ran[i].Buffer.AsSpan().SequenceEqual(memory.Buffer))
                failed.TryAdd(i / contents.Length, Failure(program, content, expected, ran[i].Result));
        }

        Assert.True(failed.Count == 0, string.Join('\n', failed.Values));
    }

    [Fact]
    public void Signs_are_those_of_the_instructions()
    {
        var a = new Assembler();
        Label end = a.DefineLabel();
        a.Mov(R6, R1).Load(MemorySize.Double, R2, R6, 0).Mov(R0, 0).JumpIf(Condition.SignedGreaterOrEqual, R2, -100_001, end).Mov(R0, R2)
            .Neg(R0).Neg(R0).Bind(end).Exit();
        string text = CompiledC.Text(Raw(a.Build()));
        Assert.Contains("(s64)v >= -100001", text, StringComparison.Ordinal);
        Assert.Contains("-(-v)", text, StringComparison.Ordinal);
        Assert.StartsWith("u64 program(u64 *ctx)", text, StringComparison.Ordinal);
    }

    internal static ProgramCode Raw(Instruction[] program) => CodeFileReader.Raw(MemoryMarshal.AsBytes(program.AsSpan()).ToArray());

    internal static string Failure(Instruction[] program, byte[] content, ulong expected, ulong found) =>
        $"{LiftTests.Text(program)}\n{Convert.ToHexString(content)}\n{CompiledC.Text(Raw(program))}\nexpected {expected:x}, found "
        + $"{found:x}";

    private static IEnumerable<Instruction> Operations()
    {
        foreach (byte width in (byte[])[0x04, 0x07])
        {
            foreach (AluOp op in (AluOp[])[AluOp.Add, AluOp.Sub, AluOp.Mul, AluOp.Div, AluOp.Mod, AluOp.Or, AluOp.And, AluOp.Xor, AluOp.Lsh,
                AluOp.Rsh, AluOp.Arsh])
            {
                for (short signed = 0; signed <= (op is AluOp.Div or AluOp.Mod ? 1 : 0); signed++)
                {
                    yield return new((byte)(width | (int)op | 8), 2, 3, signed, 0);
                    foreach (int number in op is AluOp.Lsh or AluOp.Rsh or AluOp.Arsh
                        ? (int[])[1, 31] : op is AluOp.Div or AluOp.Mod
                            ? [3, -1, -7, int.MinValue] : [1, -1, -100_001, int.MinValue, int.MaxValue])
                        yield return new((byte)(width | (int)op), 2, 0, signed, number);
                }
            }

            yield return new((byte)(width | 0x80), 2, 0, 0, 0);
            foreach (short from in width == 7 ? (short[])[0, 8, 16, 32] : [0, 8, 16]) yield return new((byte)(width | 0xb8), 2, 3, from, 0);
        }

        foreach (byte order in (byte[])[0xd4, 0xdc, 0xd7])
            foreach (int bits in (int[])[16, 32, 64]) yield return new(order, 2, 0, 0, bits);
    }
}
