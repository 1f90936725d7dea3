using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Inventory.Code;
using Skep.Inventory.Objects;
using Skep.Isa;
using Skep.Linux.Files;
using Skep.Maps.Tap;
using Skep.Watch.Session;

namespace Skep.Analysis.Tests;

/// <summary>
/// The kernel side fits into the stack of kernels without private stacks: those before 6.13 refuse a chain of calls whose frames take more
/// than 512 bytes together (kernel/bpf/verifier.c, check_max_stack_depth), which a newer one that runs the tests does not show.
/// </summary>
public sealed class StackDepthTests
{
    private const int MaxStack = 512, MaxFrames = 8, FrameUnit = 32;

    [Theory]
    [InlineData(typeof(WatchSession), "watch.bpf.o")]
    [InlineData(typeof(Surroundings), "owners.bpf.o")]
    [InlineData(typeof(TapSession), "perf_outputs.bpf.o")]
    public void Each_chain_of_calls_fits_into_the_stack(Type embeddedBeside, string name)
    {
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, EmbeddedObject.Read(embeddedBeside.Assembly, name));
        IReadOnlyList<ProgramCode> programs = CodeFileReader.Read(path);
        File.Delete(path);
        Assert.NotEmpty(programs);
        Assert.All(programs, program =>
        {
            Instruction[] code = MemoryMarshal.Cast<byte, Instruction>(program.Bytes.Span).ToArray();
            ControlFlowGraph graph = ControlFlowGraph.Build(code);
            Assert.True(graph.Faults.IsEmpty, program.Name);
            (int bytes, int frames) = Depth(graph, code, 0);
            Assert.True(bytes <= MaxStack, $"{program.Name}: {bytes} bytes of stack");
            Assert.True(frames <= MaxFrames, $"{program.Name}: {frames} frames");
        });
    }

    [Fact]
    public void Frames_are_counted_as_the_verifier_does()
    {
        Instruction[] code = new Assembler().Mov(Register.R1, Register.R10).Add(Register.R1, -40).Store(MemorySize.Double, Register.R10, -8,
            Register.R1)
            .Mov(Register.R0, 0).Exit().Build().ToArray();
        Assert.Equal((64, 1), Depth(ControlFlowGraph.Build(code), code, 0));
    }

    private static (int Bytes, int Frames) Depth(ControlFlowGraph graph, Instruction[] code, int function)
    {
        FlowFunction at = graph.Functions[function];
        (int bytes, int frames) below = (0, 0);
        foreach (FlowCall call in graph.Calls)
        {
            if (call.Slot < at.Start || call.Slot >= at.End) continue;
            (int bytes, int frames) = Depth(graph, code, call.Function);
            below = (Math.Max(below.bytes, bytes), Math.Max(below.frames, frames));
        }

        int used = Math.Max(1, Used(code.AsSpan(at.Start..at.End)));
        return (below.bytes + (used + FrameUnit - 1) / FrameUnit * FrameUnit, below.frames + 1);
    }

    /// <summary>The lowest byte of its frame that a function reaches, by loads and stores and by addresses that it makes.</summary>
    private static int Used(ReadOnlySpan<Instruction> function)
    {
        const byte frame = 10, moveX = 0xbf, addK = 0x07;
        int lowest = 0;
        for (int i = 0; i < function.Length; i++)
        {
            Instruction instruction = function[i];
            bool isStore = instruction.Class is InstructionClass.St or InstructionClass.Stx,
                isLoad = instruction.Class == InstructionClass.Ldx;
            if (isStore && instruction.Dst == frame || isLoad && instruction.Src == frame) lowest = Math.Min(lowest, instruction.Off);
            if (instruction.Code == moveX && instruction.Src == frame && i + 1 < function.Length && function[i + 1] is { Code: addK } add
                && add.Dst == instruction.Dst)
                lowest = Math.Min(lowest, add.Imm);
            if (instruction.IsWide) i++;
        }

        return -lowest;
    }
}
