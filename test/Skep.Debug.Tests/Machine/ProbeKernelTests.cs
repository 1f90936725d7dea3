using Skep.Bpf;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.State;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>Reads by number refuse what the kernel's refuse, and which CPU runs a program matters to maps of CPUs only.</summary>
[Trait("level", "kernel")]
public sealed class ProbeKernelTests
{
    private const int Either = 4, EitherText = 45, Process = 112, Kernel = 113, ProcessText = 114, KernelText = 115;

    [Theory]
    [InlineData(Either, 0UL)]
    [InlineData(Either, 4000UL)]
    [InlineData(EitherText, 0UL)]
    [InlineData(Kernel, 0UL)]
    [InlineData(Kernel, 0x7fff_1234_0000UL)]
    [InlineData(KernelText, 0UL)]
    [InlineData(KernelText, 0x7fff_1234_0000UL)]
    [InlineData(Process, 0UL)]
    [InlineData(Process, 0xffff_8000_0000_0000UL)]
    [InlineData(ProcessText, 0UL)]
    [InlineData(Process, null)]
    [InlineData(ProcessText, null)]
    [InlineData(Kernel, null)]
    [InlineData(Either, null)]
    public void Reads_are_refused_with_the_same_error(int call, ulong? address)
    {
        Requires.Root();
        Instruction[] code = CallProgram.Make(code =>
        {
            code.Mov(R1, R8).Add(R1, 16).Mov(R2, 8);
            if (address is null) code.Mov(R3, R7);
            else code.Give(R3, 0);
            code.Call(call);
        });
        using var pair = new KernelPair(BpfProgramType.RawTracepoint, code, CallProgram.Own);
        pair.Set(0, new byte[4], CallProgram.Input(address ?? 0x1122_3344_5566_7788));
        byte[] output = new byte[CallProgram.OutputBytes];
        output.AsSpan().Fill(0xaa);
        pair.Set(1, new byte[4], output);
        Assert.Null(pair.Run([], new byte[96]) ?? pair.CompareMaps());
    }

    [Theory]
    [InlineData(BpfMapType.Array)]
    [InlineData(BpfMapType.Hash)]
    public void Any_CPU_has_the_same_values(BpfMapType type)
    {
        Requires.Root();
        const int Lookup = 1, Update = 2;
        Instruction[] code = CallProgram.Make(code =>
        {
            Label none = code.DefineLabel();
            code.LoadMapIndex(R1, 2).Mov(R2, R7).Mov(R3, R7).Add(R3, 8).Mov(R4, 0).Call(Update)
                .LoadMapIndex(R1, 2).Mov(R2, R7).Add(R2, 16).Call(Lookup).JumpIf(Condition.Equal, R0, 0, none)
                .Load(MemorySize.Double, R1, R0).Add(R1, 3).Store(MemorySize.Double, R0, 0, R1).Mov(R0, R1)
                .Bind(none);
        });
        MapDefinition[] maps = [.. CallProgram.Own, new MapDefinition("values", type, 4, 8, 3)];
        using var pair = new KernelPair(BpfProgramType.Xdp, code, new MachineOptions { Cpus = 2, Cpu = 1 }, maps);
        var random = new Random(1);
        for (int i = 0; i < 500; i++)
        {
            pair.Set(0, new byte[4], CallProgram.Input((ulong)random.Next(3), (ulong)random.NextInt64(), (ulong)random.Next(3)));
            pair.Set(1, new byte[4], new byte[CallProgram.OutputBytes]);
            Assert.Null(pair.Run(new byte[14]) ?? pair.CompareMaps());
        }
    }

    [Fact]
    public void No_device_has_the_index_0()
    {
        Requires.Root();
        const int CloneRedirect = 13;
        CallProgram.Compare(
            BpfProgramType.SchedCls, CallProgram.Make(code => code.Mov(R1, R6).Mov(R2, 0).Give(R3, 0).Call(CloneRedirect)), [], 3,
            random => (CallProgram.Input((ulong)random.Next(3)), CallProgram.Packet(random, 60), []));
    }
}
