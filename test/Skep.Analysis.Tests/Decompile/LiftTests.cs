using System.Runtime.InteropServices;
using CsCheck;
using Skep.Analysis.Decompile.Lift;
using Skep.Isa;

namespace Skep.Analysis.Tests.Decompile;

public sealed class LiftTests
{
    private const int Steps = 3000, Programs = 4000;

    internal static readonly Gen<byte[]> Content =
        Gen.OneOf(Gen.Byte, RandomProgram.OneOf<byte>(0, 1, 0xff, 0x80)).Array[MachineMemory.BufferSize];

    [Fact]
    public void What_is_lifted_computes_what_the_instructions_compute()
    {
        int ended = 0;
        Gen.Select(RandomProgram.AnyFlow, Content, Content).Sample(
            (program, first, second) =>
            {
                if (Compare(program, first) && Compare(program, second)) Interlocked.Increment(ref ended);
            },
            iter: Programs,
            print: value => Text(value.Item1) + "\n" + Convert.ToHexString(value.Item2));
        Assert.True(ended > Programs / 2, $"{ended} of {Programs} programs ended");
    }

    [Fact]
    public void What_was_read_before_a_call_is_not_read_after_it()
    {
        // r6 = r1; r8 = *(u64 *)(r6 + 0); r2 = 0; r1 = r6; call 6, which writes where r1 points to; r0 %= r8; exit
        Instruction[] program = [new(0x16bf), new(0x6879), new(0x02b7), new(0x61bf), new(0x6_0000_0085), new(0x809f), new(0x95)];
        byte[] content = [.. Enumerable.Range(1, MachineMemory.BufferSize).Select(i => (byte)(i * 37))];
        Assert.True(Compare(program, content));
    }

    [Fact]
    public void Any_words_are_lifted() =>
        Gen.ULong.Array[1, 60].Sample(words => LiftAll(Array.ConvertAll(words, word => new Instruction(word))));

    internal static LiftedFunction[] LiftAll(Instruction[] program)
    {
        byte[] bytes = MemoryMarshal.AsBytes(program.AsSpan()).ToArray();
        ControlFlowGraph graph = ControlFlowGraph.Build(program);
        var lifter = new FunctionLifter(bytes, graph, new Signatures());
        return [.. graph.Functions.ToArray().Select(lifter.Lift)];
    }

    internal static string Text(Instruction[] program)
    {
        var disassembler = new Disassembler(new DisassemblerOptions());
        var lines = new List<string>();
        foreach (DecodedInstruction item in Decoder.Decode(program)) lines.Add($"{item.Index}: {disassembler.Text(item)}");
        return string.Join("\n", lines);
    }

    private static bool Compare(Instruction[] program, byte[] content)
    {
        var plain = new MachineMemory(content);
        if (BytecodeMachine.Run(program, plain, RandomProgram.Arguments, Steps) is not { } expected) return false;
        var memory = new MachineMemory(content);
        Assert.Equal(expected, new LiftedMachine(memory).Run(LiftAll(program)[0], Steps * 10));
        Assert.Equal(plain.Buffer, memory.Buffer);
        Assert.Equal(plain.Calls, memory.Calls);
        return true;
    }

    private sealed class Signatures : ICallSignatures
    {
        public int? Arguments(in DecodedInstruction call) =>
            call.Kind == OperationKind.CallHelper ? RandomProgram.Arguments(call.Imm) : null;
    }
}
