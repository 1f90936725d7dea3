using Skep.Bpf;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>Contexts show what the kernel's show, and keep what is written to them.</summary>
[Trait("level", "kernel")]
public sealed class ContextKernelTests
{
    private const int Runs = 3000;
    private const int Mark = 8, QueueMapping = 12, Protocol = 16, Priority = 32, IfIndex = 40, TcIndex = 44, Control = 48, Hash = 68,
        TcClassId = 72, Family = 88, RemoteIp4 = 92, LocalIp4 = 96, RemoteIp6 = 100, LocalIp6 = 116, Timestamp = 152, WireLength = 160,
        GsoSegments = 164;

    [Theory]
    [InlineData(BpfProgramType.SchedCls)]
    [InlineData(BpfProgramType.CgroupSkb)]
    [InlineData(BpfProgramType.SocketFilter)]
    public void Fields_are_read(BpfProgramType type)
    {
        short[] fields = type switch
        {
            BpfProgramType.SchedCls => [0, 4, Mark, QueueMapping, Protocol, 20, 24, 28, Priority, 36, IfIndex, TcIndex, Control, 64, Hash,
                TcClassId, 84, WireLength, GsoSegments, 176],
            BpfProgramType.CgroupSkb => [0, 4, Mark, QueueMapping, Protocol, Priority, IfIndex, TcIndex, Control, Hash, Family, RemoteIp4,
                LocalIp4, RemoteIp6, 108, LocalIp6, 128, 132, 136, GsoSegments],
            _ => [0, 4, Mark, QueueMapping, Protocol, 20, 24, 28, Priority, 36, IfIndex, TcIndex, Control, Hash, 84, GsoSegments, 176],
        };
        CallProgram.Compare(
            type,
            CallProgram.Make(code =>
            {
                for (int i = 0; i < fields.Length; i++)
                    code.Load(MemorySize.Word, R0, R6, fields[i]).Store(MemorySize.Word, R8, (short)(8 + (i * 4)), R0);
                foreach ((short at, MemorySize size, short to) in ((short, MemorySize, short)[])[(0, MemorySize.Half, 100),
                    (1, MemorySize.Byte, 102), (Mark + 2, MemorySize.Half, 104), (Protocol, MemorySize.Half, 106),
                    (Control + 8, MemorySize.Double, 112), (Control + 3, MemorySize.Byte, 120)])
                    code.Load(size, R0, R6, at).Store(size, R8, to, R0);
            }),
            [], Runs, random => (new byte[CallProgram.InputBytes], CallProgram.Packet(random), Context(random)));
    }

    [Fact]
    public void Fields_of_buffers_are_written() => CallProgram.Compare(
        BpfProgramType.SchedCls,
        CallProgram.Make(code =>
        {
            short[] fields = [Mark, Priority, Control + 4, TcIndex, TcClassId, QueueMapping];
            for (int i = 0; i < fields.Length; i++)
                code.Give(R1, i).Store(MemorySize.Word, R6, fields[i], R1).Load(MemorySize.Word, R2, R6, fields[i])
                    .Store(MemorySize.Double, R8, (short)(16 + (i * 8)), R2);
            code.Store(MemorySize.Half, R6, Control, R1).Store(MemorySize.Double, R6, Control + 8, R1).Store(MemorySize.Byte, R6,
                Control + 17, 7)
                .Give(R1, 6).Store(MemorySize.Double, R6, Timestamp, R1).Mov(R0, 0);
        }),
        [], Runs, random =>
        {
            var numbers = new ulong[7];
            for (int i = 0; i < numbers.Length; i++) numbers[i] = random.Next(2) == 0
                ? (ulong)random.NextInt64() : (ulong)random.Next(100_000);
            return (CallProgram.Input(numbers), CallProgram.Packet(random), Context(random));
        });

    [Theory]
    [InlineData(BpfProgramType.SocketFilter)]
    [InlineData(BpfProgramType.SchedCls)]
    public void Packets_are_loaded_as_classic_filters_do(BpfProgramType type) => CallProgram.Compare(
        type,
        CallProgram.Make(code =>
        {
            code.Give(R9, 0).Mov(R0, 0);
            foreach ((MemorySize size, int at) in ((MemorySize, int)[])[(MemorySize.Byte, 9), (MemorySize.Half, 12), (MemorySize.Word, 0),
                (MemorySize.Half, -0x200000 + 12), (MemorySize.Byte, -0x100000 + 2), (MemorySize.Word, 30)])
                code.LoadPacket(size, at).Store(MemorySize.Double, R8, (short)(16 + Math.Abs(at % 128)), R0);
            code.LoadPacket(MemorySize.Word, R9, 2).Store(MemorySize.Double, R8, 8, R0).LoadPacket(MemorySize.Byte, R9, -0x100000);
        }),
        [], Runs, random => (CallProgram.Input((ulong)random.Next(random.Next(4) == 0 ? 0x110000 : 60)), CallProgram.Packet(random, 20,
            90), []));

    [Fact]
    public void System_call_programs_write_their_context()
    {
        Requires.Root();
        var code = new Assembler();
        code.Load(MemorySize.Double, R0, R1, 8).Load(MemorySize.Word, R2, R1, 20).Add(R0, R2).Store(MemorySize.Half, R1, 30, R0).Exit();
        using BpfProgram kernel = BpfProgram.LoadBytes(BpfProgramType.Syscall, Encoder.Bytes(code.Build()),
            new ProgramLoadOptions { Flags = ProgramLoadFlags.Sleepable });
        var machine = new Debug.Machine.BpfMachine([Debug.Machine.Image.ProgramImage.Of("syscall", BpfProgramType.Syscall, code.Build())]);
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            var context = new byte[40];
            random.NextBytes(context);
            machine.Start(new Debug.Machine.Contexts.MachineInput { Context = context.ToArray() });
            Assert.Equal(Debug.Machine.MachineStatus.Finished, machine.Run());
            uint returned = kernel.Run(new BpfRun { Context = context }).ReturnValue;
            Assert.Equal(returned, machine.ReturnValue);
            Assert.Equal(context, machine.ContextOutput());
        }
    }

    [Fact]
    public void Tracepoints_give_their_arguments()
    {
        Requires.Root();
        var code = new Assembler();
        code.Load(MemorySize.Double, R0, R1, 8).Load(MemorySize.Double, R2, R1, 32).Xor(R0, R2).Load(MemorySize.Word, R2, R1, 4)
            .Add(R0, R2).Exit();
        using var pair = new KernelPair(BpfProgramType.RawTracepoint, code.Build());
        var random = new Random(1);
        for (int i = 0; i < 200; i++)
        {
            var context = new byte[48];
            random.NextBytes(context);
            Assert.Null(pair.Run([], context));
        }
    }

    // What BPF_PROG_RUN takes of struct __sk_buff; no field, or some of them.
    private static byte[] Context(Random random)
    {
        if (random.Next(3) == 0) return [];
        var context = new byte[192];
        random.NextBytes(context.AsSpan(Mark, 4));
        random.NextBytes(context.AsSpan(Priority, 4));
        random.NextBytes(context.AsSpan(Control, 20));
        random.NextBytes(context.AsSpan(Timestamp, 7));
        context[IfIndex] = 1;
        BitConverter.TryWriteBytes(context.AsSpan(GsoSegments), random.Next(100));
        if (random.Next(2) == 0) BitConverter.TryWriteBytes(context.AsSpan(WireLength), random.Next(300, 1500));
        return context;
    }
}
