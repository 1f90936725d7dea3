using System.Runtime.InteropServices;
using CsCheck;
using Skep.Bpf;
using Skep.Isa;

namespace Skep.Analysis.Tests.Decompile;

/// <summary>What is lifted beside what the kernel runs (BPF_PROG_TEST_RUN of syscall programs). Needs root.</summary>
[Trait("level", "kernel")]
public sealed class LiftKernelTests
{
    private const int Programs = 500, Steps = 3000, Fewest = 100, Compiled = 1000, Rounds = 12;

    [Fact]
    public void The_lifted_form_does_what_the_kernel_does()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        int ran = 0;
        Gen.Select(RandomProgram.Verifiable, Gen.Byte.Array[MachineMemory.BufferSize]).Sample(
            (program, content) =>
            {
                using BpfProgram? loaded = TryLoad(program);
                if (loaded is null) return;
                Interlocked.Increment(ref ran);
                byte[] context = [.. content];
                BpfRunResult result = loaded.Run(new BpfRun { Context = context });
                var memory = new MachineMemory(content);
                ulong? lifted = new LiftedMachine(memory).Run(LiftTests.LiftAll(program)[0], Steps);
                Assert.Equal(result.ReturnValue, (uint?)lifted);
                Assert.Equal(context, memory.Buffer);
            },
            iter: Programs,
            threads: 1,
            print: value => LiftTests.Text(value.Item1) + "\n" + Convert.ToHexString(value.Item2));
        Assert.True(ran > Fewest, $"the verifier took {ran} of {Programs} programs");
    }

    [Fact]
    public void The_text_compiled_does_what_the_kernel_does()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root");
        var ran = new List<(Instruction[] Program, byte[] Content, uint Result, byte[] Buffer)>();
        for (int round = 0; round < Rounds && ran.Count < Compiled; round++)
        {
            Gen.Select(RandomProgram.Verifiable, LiftTests.Content).Sample(
                (program, content) =>
                {
                    using BpfProgram? loaded = ran.Count < Compiled ? TryLoad(program) : null;
                    if (loaded is null) return;
                    byte[] context = [.. content];
                    BpfRunResult result = loaded.Run(new BpfRun { Context = context });
                    ran.Add((program, content, result.ReturnValue, context));
                },
                iter: Programs,
                threads: 1);
        }

        Assert.True(ran.Count == Compiled, $"the verifier took {ran.Count} programs");
        (ulong Result, byte[] Buffer)[] compiled =
            CompiledC.Run([.. ran.Select(one => (CompiledTests.Raw(one.Program), new[] { one.Content }))]);
        for (int i = 0; i < compiled.Length; i++)
        {
            Assert.True(
                (uint)compiled[i].Result == ran[i].Result && compiled[i].Buffer.AsSpan().SequenceEqual(ran[i].Buffer),
                CompiledTests.Failure(ran[i].Program, ran[i].Content, ran[i].Result, (uint)compiled[i].Result));
        }
    }

    internal static BpfProgram? TryLoad(Instruction[] program)
    {
        try
        {
            return BpfProgram.Load(BpfProgramType.Syscall, MemoryMarshal.Cast<Instruction, ulong>(program),
                new ProgramLoadOptions { Flags = ProgramLoadFlags.Sleepable });
        }
        catch (BpfLoadException)
        {
            return null;
        }
    }
}
