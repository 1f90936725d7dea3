using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;
using Skep.Isa;
using Skep.Linux.Errors;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>What only a kernel knows is asked once, and not again where a run goes back.</summary>
public sealed class RouteTests
{
    private const int FibBytes = 64;

    // A lookup by 64 bytes of the stack, of which the kernel changes the first; then the check of an MTU.
    private static readonly Instruction[] Code = Make();

    [Fact]
    public void An_answer_is_the_same_going_back_and_forth()
    {
        var kernel = new Answers();
        var machine = new BpfMachine([ProgramImage.Of("routes", BpfProgramType.Xdp, Code)], new MachineOptions { Kernel = kernel });
        for (int run = 1; run <= 2; run++)
        {
            machine.Start(new MachineInput { Packet = new byte[60] });
            var history = new MachineHistory(machine, 3);
            Assert.Equal(MachineStatus.Finished, history.Run());
            Assert.Equal(2 * run, kernel.Asked.Count);

            // The result of the second call, and what it wrote.
            Assert.Equal((uint)(1000 + (2 * run) + (2 * run)), machine.ReturnValue);
            history.GoTo(1);
            Assert.Equal(MachineStatus.Finished, history.Run());
            Assert.Equal(2 * run, kernel.Asked.Count);
            Assert.Equal((uint)(1000 + (2 * run) + (2 * run)), machine.ReturnValue);
        }

        KernelQuestion lookup = kernel.Asked[0], mtu = kernel.Asked[1];
        Assert.Equal(("bpf_fib_lookup", BpfProgramType.Xdp), (lookup.Call, lookup.Type));
        Assert.Equal([64, 5], lookup.Numbers);
        Assert.Equal((FibBytes, 60), (lookup.Bytes.Length, lookup.Packet.Length));
        Assert.Equal("bpf_check_mtu", mtu.Call);
        Assert.Equal([3, unchecked((uint)-8), 1], mtu.Numbers);

        // The packet had been written to before.
        Assert.Equal((0, 77), (lookup.Packet.Span[13], mtu.Packet.Span[13]));
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "references to objects are neither dropped nor put into a map")]
    public void A_socket_is_read_and_given_back(bool isReleased, string? fault)
    {
        var code = new Assembler();
        Label none = code.DefineLabel();
        code.Store(MemorySize.Double, R10, -16, 0).Store(MemorySize.Word, R10, -8, 0)
            .Mov(R2, R10).Add(R2, -16).Mov(R3, 12).Mov(R4, -1).Mov(R5, 0).Call("bpf_sk_lookup_tcp").JumpIf(Condition.Equal, R0, 0, none)
            .Mov(R1, R0).Load(MemorySize.Word, R6, R0);
        if (isReleased) code.Call("bpf_sk_release");
        code.Mov(R0, R6).Bind(none).Exit();
        var machine = new BpfMachine(
            [ProgramImage.Of("sockets", BpfProgramType.Xdp, code.Build())], new MachineOptions { Kernel = new Answers() });
        machine.Start(new MachineInput { Packet = new byte[60] });
        machine.Run();
        if (fault is null) Assert.Equal((MachineStatus.Finished, 1u), (machine.Status, machine.ReturnValue));
        else Assert.EndsWith(fault, machine.Fault!.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "bpf_fib_lookup depends on the network of a kernel, and none is asked (skep debug --ask-kernel)")]
    [InlineData(true, "bpf_fib_lookup was asked of the kernel: it will not: EPERM")]
    public void Without_an_answer_the_machine_stops(bool hasKernel, string reason)
    {
        var options = new MachineOptions { Kernel = hasKernel ? new Refusing() : null };
        var machine = new BpfMachine([ProgramImage.Of("routes", BpfProgramType.Xdp, Code)], options);
        machine.Start(new MachineInput { Packet = new byte[60] });
        Assert.Equal(MachineStatus.Stopped, machine.Run());
        Assert.Equal(FaultKind.NotSimulated, machine.Fault!.Kind);
        Assert.StartsWith(reason, machine.Fault.Reason, StringComparison.Ordinal);
    }

    private static Instruction[] Make()
    {
        var code = new Assembler();
        code.Mov(R6, R1).Load(MemorySize.Word, R7, R1);
        for (short at = -FibBytes; at < 0; at += 8) code.Store(MemorySize.Double, R10, at, 0);
        return code.Mov(R2, R10).Add(R2, -FibBytes).Mov(R3, FibBytes).Mov(R4, 5).Call("bpf_fib_lookup")
            .Store(MemorySize.Byte, R7, 13, 77)
            .Mov(R1, R6).Mov(R2, 3).Mov(R3, R10).Add(R3, -8).Mov(R4, -8).Mov(R5, 1).Call("bpf_check_mtu")
            .Load(MemorySize.Word, R1, R10, -8).Add(R0, R1).Exit().Build();
    }

    private sealed class Answers : IKernelLookup
    {
        public List<KernelQuestion> Asked { get; } = [];

        public KernelAnswer Answer(KernelQuestion question)
        {
            Asked.Add(question);
            byte[] bytes = question.Bytes.ToArray();
            BinaryPrimitives.WriteInt32LittleEndian(bytes, Asked.Count);
            return new(1000 + (ulong)Asked.Count, bytes);
        }
    }

    private sealed class Refusing : IKernelLookup
    {
        public KernelAnswer Answer(KernelQuestion question) => throw new KernelException("it will not", new Errno(1));
    }
}
