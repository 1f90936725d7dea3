using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>What a machine does not do, it says, with the instruction, the register and the region.</summary>
public sealed class FaultTests
{
    private const int Lookup = 1, TailCall = 12, SynCookie = 110, SpinLock = 93, Reserve = 131;

    private static readonly MapDefinition[] Maps =
    [
        new("array", BpfMapType.Array, 4, 8, 4), new(".rodata", BpfMapType.Array, 4, 8, 1), new("hash", BpfMapType.Hash, 4, 8, 4),
        new("ring", BpfMapType.Ringbuf, 0, 0, 4096), new("programs", BpfMapType.ProgArray, 4, 4, 4),
    ];

    public static TheoryData<string, Action<Assembler>, FaultKind, int, int?, string> Cases => new()
    {
        { "end of the packet", code => code.Load(MemorySize.Word, R2, R1).Load(MemorySize.Word, R0, R2, 58),
            FaultKind.OutOfBounds, 1, 2, "reads 4 bytes at offset 58 of the packet, which has 60" },
        { "before the packet", code => code.Load(MemorySize.Word, R2, R1).Store(MemorySize.Byte, R2, -1, 1),
            FaultKind.OutOfBounds, 1, 2, "writes 1 bytes at offset -1 of the packet, which has 60" },
        { "null", code => code.Mov(R3, 0).Load(MemorySize.Double, R0, R3, 16),
            FaultKind.NullPointer, 1, 3, "reads 8 bytes by a null pointer (0x10)" },
        { "a number", code => code.LoadImm64(R3, 0xffff888000001000).Load(MemorySize.Byte, R0, R3),
            FaultKind.InvalidAddress, 2, 3, "reads 1 bytes at 0xffff888000001000, which is the address of nothing here" },
        { "below the stack", code => code.Store(MemorySize.Double, R10, -520, 1),
            FaultKind.OutOfBounds, 0, 10, "writes 8 bytes at offset -8 of the stack of frame 0, which has 512" },
        { "above the stack", code => code.Store(MemorySize.Byte, R10, 0, 1),
            FaultKind.OutOfBounds, 0, 10, "writes 1 bytes at offset 512 of the stack of frame 0, which has 512" },
        { "unwritten stack", code => code.Store(MemorySize.Word, R10, -8, 1).Load(MemorySize.Double, R0, R10, -8),
            FaultKind.UninitializedStack, 1, 10, "reads 8 bytes at offset -8 of the stack of frame 0, of which byte 4 was not written" },
        { "unwritten register", code => code.Mov(R0, R5), FaultKind.UninitializedRegister, 0, 5, "it was not written" },
        { "result not written", _ => { }, FaultKind.UninitializedRegister, 0, 0, "it was not written" },
        { "arguments after a call", code => code.Call(7).Mov(R0, R1), FaultKind.UninitializedRegister, 1, 1, "it was not written" },
        { "frame pointer", code => code.Mov(R10, 1),
            FaultKind.InvalidInstruction, 0, null, "it writes to the frame pointer, which is only read" },
        { "constants", code => code.LoadMapIndexValue(R2, 1, 4).Store(MemorySize.Word, R2, 0, 1),
            FaultKind.ReadOnly, 2, 2, "writes 4 bytes at offset 4 of the value of map .rodata, which is only read" },
        { "end of a value", code => code.LoadMapIndexValue(R2, 0, 4).Load(MemorySize.Double, R0, R2),
            FaultKind.OutOfBounds, 2, 2, "reads 8 bytes at offset 4 of a value of map array, which has 8" },
        { "a map", code => code.LoadMapIndex(R2, 2).Load(MemorySize.Word, R0, R2),
            FaultKind.InvalidAddress, 2, 2, "reads 4 bytes of map hash, which is no memory" },
        { "context", code => code.Load(MemorySize.Word, R0, R1, 24),
            FaultKind.OutOfBounds, 0, 1, "4 bytes at offset 24 of the context (xdp_md) cannot be read" },
        { "half of a field", code => code.Load(MemorySize.Half, R0, R1, 12),
            FaultKind.OutOfBounds, 0, 1, "2 bytes at offset 12 of the context (xdp_md) cannot be read" },
        { "written context", code => code.Store(MemorySize.Word, R1, 16, 1),
            FaultKind.OutOfBounds, 0, 1, "4 bytes at offset 16 of the context (xdp_md) cannot be written" },
        { "atomic packet", code => code.Load(MemorySize.Word, R2, R1).Mov(R3, 1).AtomicAdd(MemorySize.Word, R2, 0, R3),
            FaultKind.Atomic, 2, 2, "the packet has no atomic access" },
        { "unaligned atomic", code => code.LoadMapIndexValue(R2, 0, 2).Mov(R3, 1).AtomicAdd(MemorySize.Word, R2, 0, R3),
            FaultKind.Atomic, 3, 2, "4 bytes at offset 2 of the value of map array are not aligned" },
        { "key", code => code.Store(MemorySize.Half, R10, -4, 1).LoadMapIndex(R1, 2).Mov(R2, R10).Add(R2, -4).Call(Lookup),
            FaultKind.UninitializedStack, 5, 2, "reads 4 bytes at offset -4 of the stack of frame 0, of which byte 2 was not written" },
        { "no map", code => code.Mov(R2, R10).Call(Lookup), FaultKind.InvalidArgument, 1, 1, "is no map" },
        { "no context", code => code.Mov(R1, R10).LoadMapIndex(R2, 4).Mov(R3, 0).Call(TailCall),
            FaultKind.InvalidArgument, 4, 1, "is not the context" },
        { "cookies", code => code.Mov(R2, R10).Mov(R3, 64).Mov(R4, 0).Mov(R5, 0).Call(SynCookie),
            FaultKind.NotSimulated, 4, null, "bpf_tcp_gen_syncookie is nothing that the machine does" },
        { "cookies behind a lookup", code => code.Store(MemorySize.Word, R10, -4, 1).LoadMapIndex(R1, 2).Mov(R2, R10).Add(R2, -4)
            .Call(Lookup).Mov(R1, R10).Mov(R2, R10).Mov(R3, 64).Mov(R4, 0).Mov(R5, 0).Call(SynCookie),
            FaultKind.NotSimulated, 11, null, "bpf_tcp_gen_syncookie is nothing that the machine does" },
        { "kernel variable", code => code.LoadBtfId(R0, 5),
            FaultKind.NotSimulated, 0, null, "it loads the address of a variable of the kernel" },
        { "open record", code => code.LoadMapIndex(R1, 3).Mov(R2, 8).Mov(R3, 0).Call(Reserve).Mov(R0, 0),
            FaultKind.Unreleased, 6, null, "1 records of ring buffers are neither submitted nor discarded" },
        { "held lock", code => code.LoadMapIndexValue(R1, 0, 0).Call(SpinLock).Mov(R0, 0), FaultKind.Unreleased, 4, null,
        "a lock is still held" },
        { "bad opcode", code => code.Emit(new Instruction(0xff, 0, 0, 0, 0)), FaultKind.InvalidInstruction, 0, null, "" },
        { "endless calls", code => { Label self = code.BindNew(); code.CallLocal(self); },
            FaultKind.CallDepth, 0, null, "the call is nested deeper than 8 frames" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_fault_names_its_place(string why, Action<Assembler> body, FaultKind kind, int slot, int? register, string reason)
    {
        BpfMachine machine = Run(body);
        Assert.True(machine.Status == MachineStatus.Stopped, why);
        Assert.Equal((kind, slot, register), (machine.Fault!.Kind, machine.Fault.Slot, machine.Fault.Register));
        Assert.Contains(reason, machine.Fault.Reason, StringComparison.Ordinal);
        Assert.Equal(slot, machine.Slot);
        Assert.Equal(MachineStatus.Stopped, machine.Step());
    }

    [Fact]
    public void The_stack_of_a_call_that_returned_is_not_there()
    {
        BpfMachine machine = Run(code =>
        {
            Label called = code.DefineLabel(), after = code.DefineLabel();
            code.CallLocal(called).Load(MemorySize.Double, R0, R0).Jump(after)
                .Bind(called).Store(MemorySize.Double, R10, -8, 1).Mov(R0, R10).Add(R0, -8).Exit().Bind(after);
        });
        Assert.Equal("instruction 1: r0: reads 8 bytes at offset 504 of the stack of frame 1, which is not there any more",
            machine.Fault!.ToString());
        Assert.Equal("stack of frame 1", machine.Fault.Region);
    }

    [Fact]
    public void Stack_reads_as_zeros_when_asked_for()
    {
        BpfMachine machine = Run(code => code.Load(MemorySize.Double, R0, R10, -16), new MachineOptions { ZeroStack = true });
        Assert.Equal(MachineStatus.Finished, machine.Status);
        Assert.Equal(0u, machine.ReturnValue);
    }

    [Fact]
    public void Memory_that_was_given_is_read_by_its_address()
    {
        var options = new MachineOptions { Memory = [new MemoryRange(0xffff_8880_0000_1000, new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 })] };
        BpfMachine machine = Run(code => code.LoadImm64(R3, 0xffff_8880_0000_1002).Load(MemorySize.Word, R0, R3), options);
        Assert.Equal((MachineStatus.Finished, 0x06050403u), (machine.Status, machine.ReturnValue));
        machine = Run(code => code.LoadImm64(R3, 0xffff_8880_0000_1006).Mov(R1, R10).Add(R1, -8).Mov(R2, 4).Call(113), options);
        Assert.Equal((FaultKind.InvalidAddress, 3), (machine.Fault!.Kind, machine.Fault.Register));
    }

    [Fact]
    public void A_jump_to_no_instruction_is_a_fault_when_it_is_taken()
    {
        Instruction[] code =
        [
            new(0xb7, 0, 0, 0, 3), new(0x55, 0, 0, 1, 3), new(0x05, 0, 0, 1, 0), new(0x18, 0, 0, 0, 1), new(0, 0, 0, 0, 0), new(0x95, 0,
            0, 0, 0),
        ];
        var machine = new BpfMachine([ProgramImage.Of("jump", BpfProgramType.Xdp, code)]);
        machine.Start(new MachineInput { Packet = new byte[14] });
        machine.Run();
        Assert.Equal("instruction 2: it goes to slot 4, where no instruction begins", machine.Fault!.ToString());
    }

    private static BpfMachine Run(Action<Assembler> body, MachineOptions? options = null)
    {
        var code = new Assembler();
        body(code);
        code.Exit();
        var machine = new BpfMachine([ProgramImage.Of("fault", BpfProgramType.Xdp, code.Build(), Maps)], options);
        machine.Start(new MachineInput { Packet = new byte[60] });
        machine.Run(10_000);
        return machine;
    }
}
