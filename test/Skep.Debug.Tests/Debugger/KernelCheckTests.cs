using Skep.Debug.Debugger;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.State;
using Skep.Debug.Replay;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Packets.Building;

namespace Skep.Debug.Tests.Debugger;

/// <summary>The same program and input in the machine and in the kernel.</summary>
[Trait("level", "kernel")]
public sealed class KernelCheckTests
{
    private const string Source = "Debugger/Programs/stepped.bpf.c";

    [Fact]
    public void They_agree()
    {
        CheckedRun run = Check(Code());
        Assert.Empty(run.Differences);
        Assert.Empty(run.Left);
        Assert.Equal((3u, 3u), (run.Machine, run.Kernel));
    }

    /// <summary>Another program in the machine than in the kernel.</summary>
    [Theory]
    [InlineData("ip->ttl--", "the packet has", "differs at offset 22")]
    [InlineData("return XDP_TX", "the machine returns 1", "the kernel 3")]
    [InlineData("*value += 1", "map counts differs at key 01000000", "")]
    public void What_differs_is_named(string line, string first, string second)
    {
        ProgramCode code = Code();
        byte[] bytes = code.Bytes.ToArray();
        Change(code, bytes, line);
        string all = string.Join('\n', Check(code with { Bytes = bytes }).Differences);
        Assert.Contains(first, all, StringComparison.Ordinal);
        Assert.Contains(second, all, StringComparison.Ordinal);
    }

    // Of the immediates of a line: what is subtracted, added or returned becomes another number.
    private static void Change(ProgramCode code, byte[] bytes, string line)
    {
        const byte addImmediate = 0x07, moveImmediate = 0xb7, moveImmediate32 = 0xb4, addImmediate32 = 0x04;
        for (int slot = 0; slot < code.Instructions.Length; slot++)
        {
            Instruction one = code.Instructions[slot];
            bool isVerdict = line.StartsWith("return", StringComparison.Ordinal);
            bool isIt = isVerdict ? one is { Imm: 3 } : code.LineAt(slot)?.Text.Contains(line, StringComparison.Ordinal) == true;
            if (!isIt || one.Code is not (addImmediate or moveImmediate or moveImmediate32 or addImmediate32)) continue;
            int other = isVerdict ? 1 : one.Imm * 2;
            new Instruction(one.Code, one.Dst, one.Src, one.Off, other).Write(bytes.AsSpan(slot * Instruction.Size));
        }
    }

    private static ProgramCode Code() => Assert.Single(CodeFileReader.Read(BpfSource.File(Source)));

    private static CheckedRun Check(ProgramCode code)
    {
        Requires.Root();
        Assert.True(PacketText.TryParse("udp 10.0.0.1:5 > 10.0.0.2:53", out PacketSpec spec, out string error), error);
        using ObjectProgram loaded = ObjectProgram.Load(BpfSource.Object(Source), "stepped", null);
        return KernelCheck.Run(
            new DebugTarget(code, new MachineInput { Packet = PacketBuilder.Build(spec) }, new MachineOptions()), loaded.Program);
    }
}
