using Skep.Bpf;
using Skep.Debug.Machine.State;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>Copies between dynptrs, and the iterator of bits, do what the kernel's do.</summary>
[Trait("level", "kernel")]
public sealed class DynptrCallKernelTests
{
    private const int Runs = 3000, FromMemory = 197, Packet = -16, Memory = -32;

    /// <summary>One of the packet, only read where programs may not write it, and one of memory; null where flags are wrong.</summary>
    [Theory]
    [InlineData("bpf_dynptr_copy", BpfProgramType.SchedCls, Packet, Memory)]
    [InlineData("bpf_dynptr_copy", BpfProgramType.SchedCls, Memory, Packet)]
    [InlineData("bpf_dynptr_copy", BpfProgramType.SchedCls, Memory, Memory)]
    [InlineData("bpf_dynptr_copy", BpfProgramType.CgroupSkb, Packet, Memory)]
    [InlineData("bpf_dynptr_memset", BpfProgramType.SchedCls, Packet, 0)]
    [InlineData("bpf_dynptr_memset", BpfProgramType.SchedCls, Memory, 0)]
    [InlineData("bpf_dynptr_memset", BpfProgramType.CgroupSkb, Packet, 0)]
    public void Dynptrs_are_copied_and_filled(string call, BpfProgramType type, int target, int source)
    {
        Requires.Root();
        var kfuncs = new KfuncNames();
        Instruction[] code = CallProgram.Make(code =>
        {
            code.Mov(R1, R6).Give(R2, 0).Mov(R3, R10).Add(R3, Packet).CallKfunc(kfuncs.Id("bpf_dynptr_from_skb"))
                .Mov(R1, R8).Add(R1, 64).Mov(R2, 40).Give(R3, 1).Mov(R4, R10).Add(R4, Memory).Call(FromMemory)
                .Mov(R1, R10).Add(R1, target).Give(R2, 2);
            if (source == 0) code.Give(R3, 4).Give(R4, 3);
            else code.Mov(R3, R10).Add(R3, source).Give(R4, 3).Give(R5, 4);
            code.CallKfunc(kfuncs.Id(call));
        });
        using var pair = new KernelPair(type, code, new MachineOptions(), CallProgram.Own, kfuncs.Names);
        var random = new Random(1);
        for (int i = 0; i < Runs; i++)
        {
            pair.Set(0, new byte[4], CallProgram.Input(
                random.Next(6) == 0 ? 1UL : 0, random.Next(6) == 0 ? 1UL : 0, (ulong)random.Next(30), (ulong)random.Next(30),
                random.Next(8) == 0 ? (ulong)random.Next(2000) : (ulong)random.Next(20)));
            byte[] output = new byte[CallProgram.OutputBytes];
            random.NextBytes(output.AsSpan(64));
            pair.Set(1, new byte[4], output);
            string? difference = pair.Run(CallProgram.Packet(random, 34)) ?? pair.CompareMaps();
            if (difference is not null) Assert.Fail($"run {i}: {difference}\n{pair.Listing()}");
        }
    }

    /// <summary>From memory of the kernel's, and from addresses that are none of its.</summary>
    [Theory]
    [InlineData("bpf_probe_read_kernel_dynptr", BpfProgramType.SchedCls, Packet)]
    [InlineData("bpf_probe_read_kernel_dynptr", BpfProgramType.SchedCls, Memory)]
    [InlineData("bpf_probe_read_kernel_dynptr", BpfProgramType.CgroupSkb, Packet)]
    [InlineData("bpf_probe_read_kernel_str_dynptr", BpfProgramType.SchedCls, Packet)]
    [InlineData("bpf_probe_read_kernel_str_dynptr", BpfProgramType.SchedCls, Memory)]
    [InlineData("bpf_probe_read_kernel_str_dynptr", BpfProgramType.CgroupSkb, Packet)]
    [InlineData("bpf_probe_read_user_dynptr", BpfProgramType.SchedCls, Memory)]
    [InlineData("bpf_probe_read_user_str_dynptr", BpfProgramType.SchedCls, Memory)]
    public void Memory_is_read_into_dynptrs(string call, BpfProgramType type, int target)
    {
        Requires.Root();
        var kfuncs = new KfuncNames();
        Instruction[] code = CallProgram.Make(code =>
        {
            Label mapped = code.DefineLabel();
            code.Mov(R1, R6).Give(R2, 0).Mov(R3, R10).Add(R3, Packet).CallKfunc(kfuncs.Id("bpf_dynptr_from_skb"))
                .Mov(R1, R8).Add(R1, 64).Mov(R2, 40).Give(R3, 1).Mov(R4, R10).Add(R4, Memory).Call(FromMemory)
                .Mov(R1, R10).Add(R1, target).Give(R2, 2).Give(R3, 3).Give(R4, 4).JumpIf(Condition.NotEqual, R4, 0, mapped)
                .Mov(R4, R7).Add(R4, 48).Bind(mapped).CallKfunc(kfuncs.Id(call))

                // An int: what the upper half of the register has is the compiler's.
                .Lsh(R0, 32).Arsh(R0, 32);
        });
        using var pair = new KernelPair(type, code, new MachineOptions(), CallProgram.Own, kfuncs.Names);
        bool isOfKernel = call.Contains("kernel", StringComparison.Ordinal);
        var random = new Random(1);
        for (int i = 0; i < Runs; i++)
        {
            byte[] input = CallProgram.Input(
                random.Next(6) == 0 ? 1UL : 0, random.Next(6) == 0 ? 1UL : 0, (ulong)random.Next(30),
                random.Next(6) == 0 ? 0 : (ulong)random.Next(30),

                // Nothing of a process is known here.
                isOfKernel && random.Next(6) == 0 ? 0x1000UL * (ulong)random.Next(1, 3) : 0);
            for (int at = 48; at < input.Length; at++) input[at] = (byte)(random.Next(12) == 0 ? 0 : random.Next(256));
            pair.Set(0, new byte[4], input);
            byte[] output = new byte[CallProgram.OutputBytes];
            random.NextBytes(output.AsSpan(64));
            pair.Set(1, new byte[4], output);
            string? difference = pair.Run(CallProgram.Packet(random, 34)) ?? pair.CompareMaps();
            if (difference is not null) Assert.Fail($"run {i}: {difference}\n{pair.Listing()}");
        }
    }

    [Fact]
    public void Bits_are_walked()
    {
        Requires.Root();
        var kfuncs = new KfuncNames();
        Instruction[] code = CallProgram.Make(code =>
        {
            Label top = code.DefineLabel(), end = code.DefineLabel();
            code.Mov(R1, R10).Add(R1, Packet).Mov(R2, R7).Add(R2, 32).Give(R3, 0).CallKfunc(kfuncs.Id("bpf_iter_bits_new"))
                .Store(MemorySize.Double, R8, 8, R0)
                .Bind(top).Mov(R1, R10).Add(R1, Packet).CallKfunc(kfuncs.Id("bpf_iter_bits_next")).JumpIf(Condition.Equal, R0, 0, end)
                .LoadSignExtend(MemorySize.Word, R1, R0).Load(MemorySize.Double, R2, R8, 16).Add(R2, R1).Mul(R2, 3)
                .Store(MemorySize.Double, R8, 16, R2).Jump(top).Bind(end).Mov(R1, R10).Add(R1, Packet)
                .CallKfunc(kfuncs.Id("bpf_iter_bits_next")).Store(MemorySize.Double, R8, 24, R0)
                .Mov(R1, R10).Add(R1, Packet).CallKfunc(kfuncs.Id("bpf_iter_bits_destroy")).Mov(R0, 0);
        });
        using var pair = new KernelPair(BpfProgramType.SchedCls, code, new MachineOptions(), CallProgram.Own, kfuncs.Names);
        var random = new Random(1);
        for (int i = 0; i < Runs; i++)
        {
            ulong words = (ulong)(random.Next(10) switch { 0 => 0, 1 => 512, 2 => 100_000, _ => random.Next(1, 13) });
            var input = new ulong[16];
            input[0] = words;
            for (int word = 4; word < input.Length; word++)
                input[word] = random.Next(3) == 0 ? 0 : (ulong)random.NextInt64() & (ulong)random.NextInt64();
            pair.Set(0, new byte[4], CallProgram.Input(input));
            pair.Set(1, new byte[4], new byte[CallProgram.OutputBytes]);
            string? difference = pair.Run(new byte[14]) ?? pair.CompareMaps();
            if (difference is not null) Assert.Fail($"run {i}: {difference}\n{pair.Listing()}");
        }
    }
}
