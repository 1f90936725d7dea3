using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Machine;

/// <summary>A run can be repeated, looked at and gone back in.</summary>
public sealed class HistoryTests
{
    private const int Random = 7, Time = 5, Reserve = 131, Submit = 132, Printk = 6;

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(4096)]
    public void Each_step_is_found_again(int interval)
    {
        var random = new Random(interval);
        for (int seed = 0; seed < 60; seed++)
        {
            BpfProgramType type = seed % 2 == 0 ? BpfProgramType.Xdp : BpfProgramType.SchedCls;
            Instruction[] code = RandomProgram.Make(new Random(seed), type);
            var packet = new byte[90];
            random.NextBytes(packet);
            var input = new MachineInput { Packet = packet };
            var machine = new BpfMachine([ProgramImage.Of("random", type, code, RandomProgram.Maps)]);
            machine.Start(input);
            var states = new List<string> { State(machine) };
            while (machine.Step() == MachineStatus.Running) states.Add(State(machine));
            Assert.Equal(MachineStatus.Finished, machine.Status);
            states.Add(State(machine));

            // The maps of another machine are those that this one started with.
            machine = new BpfMachine([ProgramImage.Of("random", type, code, RandomProgram.Maps)]);
            machine.Start(input);
            var history = new MachineHistory(machine, interval);
            Assert.Equal(MachineStatus.Finished, history.Run());
            for (int i = 0; i < 30; i++)
            {
                int step = random.Next(states.Count);
                history.GoTo(step);
                Assert.Equal(states[step], State(machine));
            }
        }
    }

    [Fact]
    public void What_a_run_made_and_sent_comes_back()
    {
        var code = new Assembler();
        code.Mov(R9, 5);
        Label top = code.BindNew();
        code.LoadMapIndex(R1, 0).Mov(R2, 16).Mov(R3, 0).Call(Reserve).Mov(R6, R0).Call(Random).Store(MemorySize.Double, R6, 0, R0)
            .Call(Time)
            .Store(MemorySize.Double, R6, 8, R0).Mov(R1, R6).Mov(R2, 0).Call(Submit).Sub(R9, 1).JumpIf(Condition.NotEqual, R9, 0, top)
            .Mov(R0, 0).Exit();
        var machine = new BpfMachine([ProgramImage.Of("ring", BpfProgramType.Xdp, code.Build(), new MapDefinition("ring",
            BpfMapType.Ringbuf, 0, 0, 4096))]);
        machine.Start(new MachineInput { Packet = new byte[14] });
        var history = new MachineHistory(machine, 7);
        Assert.Equal(MachineStatus.Finished, history.Run());
        string[] sent = Sent();
        Assert.Equal(5, sent.Length);
        Assert.Equal(5, sent.Distinct().Count());
        long end = machine.Steps;
        for (long step = end - 1; step >= 0; step--)
        {
            history.GoTo(step);
            Assert.Equal(step, machine.Steps);
            Assert.Equal(sent[..Sent().Length], Sent());
        }

        Assert.Empty(machine.Events);
        Assert.Equal(MachineStatus.Finished, history.Run());
        Assert.Equal(sent, Sent());

        string[] Sent() => [.. machine.Events.Select(e => $"{e.Step} {e.Kind} {e.Target} {Convert.ToHexString(e.Bytes.Span)}")];
    }

    [Fact]
    public void A_debugger_sees_registers_frames_and_what_they_point_to()
    {
        var code = new Assembler();
        Label called = code.DefineLabel("called");
        code.Mov(R6, R1).Load(MemorySize.Word, R7, R1).LoadMapIndexValue(R8, 0, 4).Store(MemorySize.Word, R8, 0, 77).Mov(R2, R7)
            .CallLocal(called).Exit().Bind(called).Store(MemorySize.Byte, R10, -3, 9).Mov(R0, 0).Exit();
        var machine = new BpfMachine([ProgramImage.Of("seen", BpfProgramType.Xdp, code.Build(), new MapDefinition("array",
            BpfMapType.Array, 4, 8, 4))]);
        machine.Start(new MachineInput { Packet = new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 } });
        Assert.Equal(MachineStatus.Running, machine.Run(7));
        Assert.Equal((0, 9, 7L), (machine.Program, machine.Slot, machine.Steps));
        Assert.Equal([(8, 9), (0, 7)], machine.Frames.Select(frame => (frame.Function, frame.Slot)));
        Assert.Equal([machine.Register(10), machine.Frames[1].Pointer], machine.Frames.Select(frame => frame.Pointer));
        Assert.Equal("stack of frame 0", machine.Describe(machine.Frames[1].Pointer)!.Region);
        Assert.True(machine.IsInitialized(2));
        Assert.False(machine.IsInitialized(6));
        Assert.Equal(new MachinePointer(RegionKind.Context, "context (xdp_md)", 0, null, 0), machine.Describe(machine.Register(1)));
        Assert.Equal(new MachinePointer(RegionKind.Packet, "packet", 0, null, 14), machine.Describe(machine.Register(2)));
        Assert.Equal(new MachinePointer(RegionKind.Stack, "stack of frame 1", 512, null, 512), machine.Describe(machine.Register(10)));
        Assert.Null(machine.Describe(12345));
        var bytes = new byte[3];
        Assert.True(machine.TryPeek(machine.Register(2) + 2, bytes));
        Assert.Equal([3, 4, 5], bytes);
        Assert.True(machine.TryPeek(machine.Register(10) - 4, bytes));
        Assert.Equal([0, 9, 0], bytes);
        Assert.False(machine.TryPeek(machine.Register(2) + 12, bytes));
        Assert.Equal(machine.Register(2), machine.PeekContext(0, 4));
        Assert.Null(machine.PeekContext(1, 4));
        machine.Run(2);
        Assert.Equal(new MachinePointer(RegionKind.MapValue, "value of map array", 4, 0, 8), machine.Describe(machine.Register(8)));
    }

    [Fact]
    public void Lines_of_the_trace_log_are_kept()
    {
        byte[] text = [.. "%d of %s: %x\n\0"u8];
        var code = new Assembler();
        code.LoadMapIndexValue(R1, 0, 0).Mov(R2, text.Length).Mov(R3, -5).LoadMapIndexValue(R4, 1, 0).Mov(R5, 255).Call(Printk).Exit();
        var machine = new BpfMachine([ProgramImage.Of("print", BpfProgramType.Xdp, code.Build(),
            new MapDefinition(".rodata", BpfMapType.Array, 4, (uint)text.Length, 1) { Content = text },
            new MapDefinition(".rodata.names", BpfMapType.Array, 4, 8, 1) { Content = "name\0"u8.ToArray() })]);
        machine.Start(new MachineInput { Packet = new byte[14] });
        Assert.Equal(MachineStatus.Finished, machine.Run());
        Assert.Equal("-5 of name: ff\n", System.Text.Encoding.UTF8.GetString(Assert.Single(machine.Events).Bytes.Span));
        Assert.Equal(15u, machine.ReturnValue);
    }

    private static string State(BpfMachine machine)
    {
        var maps = machine.Maps.SelectMany(map => map.Entries()).Select(e =>
            $"{Convert.ToHexString(e.Key)}={Convert.ToHexString(e.Value)}");
        var stack = new byte[64];
        machine.TryPeek(machine.Register(10) - 64, stack);
        IEnumerable<ulong> registers = Enumerable.Range(0, 11).Select(r => machine.IsInitialized(r) ? machine.Register(r) : 0);
        return $"{machine.Slot} {machine.Status} {string.Join(',', registers)} "
            + $"{string.Join(',', machine.Frames)} {Convert.ToHexString(stack)} {Convert.ToHexString(machine.PacketOutput())} "
            + string.Join(' ', maps);
    }
}
