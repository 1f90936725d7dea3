using Skep.Bpf;
using Skep.Debug.Dap;
using Skep.Debug.Debugger;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.State;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Packets.Building;
using static Skep.Isa.Register;

namespace Skep.Debug.Tests.Dap;

/// <summary>
/// A program of XDP with source lines: it takes the packet's ends (line 4), compares them (5), keeps a number (6), changes the packet's
/// first byte (7), counts in a map (8), calls a function (9; lines 20 and 21), sends a line to the trace log (10) and returns (11); short
/// packets end at line 12.
/// </summary>
internal static class DapProgram
{
    /// <summary>The object file, which is not there, and the source beside it.</summary>
    internal const string File = "/nowhere/count.bpf.o", Source = "/nowhere/count.bpf.c";

    internal const string PacketText = "udp 10.0.0.1:5 > 10.0.0.2:53";

    internal static DebugTarget Target(DapLaunch launch) => new(Code(), Input(launch.Packet), new MachineOptions());

    /// <summary>The same without source lines.</summary>
    internal static DebugTarget WithoutLines(DapLaunch launch) =>
        new(Code() with { Lines = [] }, Input(launch.Packet), new MachineOptions());

    /// <summary>A program that reads by a null pointer, in the function that it calls.</summary>
    internal static DebugTarget Fault(DapLaunch launch)
    {
        var code = new Assembler();
        Label function = code.DefineLabel();
        code.Mov(R6, 7).CallLocal(function).Exit();
        code.Bind(function).Mov(R1, 0).Load(MemorySize.Double, R0, R1).Exit();
        return new DebugTarget(
            new ProgramCode
            {
                Bytes = Encoder.Bytes(code.Build()).ToArray(),
                Form = ProgramForm.Loaded,
                Name = "fault",
                Type = BpfProgramType.Xdp,
                Functions = [new CodeFunction(0, "fault", 0), new CodeFunction(3, "read", 0)],
                Lines = [new CodeLine(0, Source, 1, 1, "one"), new CodeLine(3, Source, 2, 1, "two")],
            },
            Input(launch.Packet), new MachineOptions());
    }

    /// <summary>A program that comes to line 2 five times; r6 is which time it is.</summary>
    internal static DebugTarget Loop(DapLaunch launch)
    {
        var code = new Assembler();
        Label again = code.DefineLabel();
        code.Mov(R6, 0);
        code.Bind(again).Add(R6, 1).Mov(R7, 0).JumpIf(Condition.Less, R6, 5, again).Mov(R0, 2).Exit();
        return new DebugTarget(
            new ProgramCode
            {
                Bytes = Encoder.Bytes(code.Build()).ToArray(),
                Form = ProgramForm.Loaded,
                Name = "loop",
                Type = BpfProgramType.Xdp,
                Functions = [new CodeFunction(0, "loop", 0)],
                Lines =
                [
                    new CodeLine(0, Source, 1, 1, "one"), new CodeLine(1, Source, 3, 1, "three"), new CodeLine(2, Source, 2, 1, "two"),
                    new CodeLine(3, Source, 4, 1, "four"),
                ],
            },
            Input(launch.Packet), new MachineOptions());
    }

    /// <summary>A program that calls another one by a tail call.</summary>
    internal static DebugTarget TailCall(DapLaunch launch)
    {
        const int Call = 12;
        Instruction[] first = new Assembler().LoadMapIndex(R2, 0).Mov(R3, 0).Call(Call).Mov(R0, 1).Exit().Build();
        Instruction[] other = new Assembler().Mov(R0, 2).Exit().Build();
        var jumps = new MapDefinition("jumps", BpfMapType.ProgArray, 4, 4, 1);
        return new DebugTarget(
            new ProgramCode
            {
                Bytes = Encoder.Bytes(first).ToArray(),
                Form = ProgramForm.Loaded,
                Name = "first",
                Type = BpfProgramType.Xdp,
                Lines = [new CodeLine(0, Source, 1, 1, "one")],
            },
            Input(launch.Packet), new MachineOptions())
        {
            Make = options =>
            {
                var machine = new BpfMachine(
                    [
                        ProgramImage.Of("first", BpfProgramType.Xdp, first, jumps), ProgramImage.Of("other", BpfProgramType.Xdp, other),
                    ], options);
                machine.SetProgram(machine.Map("jumps")!, 0, 1);
                return machine;
            },
        };
    }

    private static MachineInput Input(string? packet)
    {
        Assert.True(Skep.Packets.Building.PacketText.TryParse(packet ?? PacketText, out PacketSpec spec, out string error), error);
        return new MachineInput { Packet = PacketBuilder.Build(spec) };
    }

    private static ProgramCode Code()
    {
        const int Lookup = 1, Print = 6;
        var code = new Assembler();
        var lines = new List<CodeLine>();
        Label end = code.DefineLabel(), function = code.DefineLabel();
        Line(4, "void *data = (void *)(long)ctx->data;");
        code.Mov(R6, R1).Load(MemorySize.Word, R2, R1).Load(MemorySize.Word, R3, R1, 4);
        Line(5, "if (data + 14 > end)");
        code.Mov(R4, R2).Add(R4, 14).JumpIf(Condition.Greater, R4, R3, end);
        Line(0, "");
        code.Mov(R0, 0);
        Line(6, "__u64 number = 258;");
        code.Mov(R5, 258).Store(MemorySize.Double, R10, -8, R5);
        Line(7, "*(__u8 *)data = 0x42;");
        code.Store(MemorySize.Byte, R2, 0, 0x42);
        Line(8, "(*count)++;");
        code.Store(MemorySize.Word, R10, -12, 1).Mov(R2, R10).Add(R2, -12).LoadMapIndex(R1, 0).Call(Lookup);
        code.JumpIf(Condition.Equal, R0, 0, end).Load(MemorySize.Double, R1, R0).Add(R1, 1).Store(MemorySize.Double, R0, 0, R1);
        Line(9, "twice(21);");
        code.Mov(R7, R0).Mov(R1, 21).CallLocal(function);
        Line(10, "bpf_printk(\"n %d\", n);");
        code.LoadImm64(R1, BitConverter.ToUInt64("n %d\n\0\0\0"u8)).Store(MemorySize.Double, R10, -24, R1);
        code.Mov(R3, R0).Mov(R1, R10).Add(R1, -24).Mov(R2, 6).Call(Print);
        Line(11, "return XDP_PASS;");
        code.Mov(R0, 2).Exit();
        Line(12, "return XDP_DROP;");
        code.Bind(end).Mov(R0, 1).Exit();
        int start = code.Count;
        Line(20, "static int twice(int n)");
        code.Bind(function).Mov(R0, R1).Store(MemorySize.Half, R10, -2, R0);
        Line(21, "return n + n;");
        code.Add(R0, R0).Exit();
        Instruction[] built = code.Build();
        int load = 0;
        foreach (DecodedInstruction item in Decoder.Decode(built))
            if (item.Kind == OperationKind.LoadMapIndex) load = item.Index;
        return new ProgramCode
        {
            Bytes = Encoder.Bytes(built).ToArray(),
            Form = ProgramForm.Loaded,
            Name = "count",
            Type = BpfProgramType.Xdp,
            Functions = [new CodeFunction(0, "count", 0), new CodeFunction(start, "twice", 0)],
            Lines = lines,
            Maps = [new CodeMap { Name = "counts", Type = BpfMapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 4 }],
            MapOfSlot = new Dictionary<int, int> { [load] = 0 },
        };

        void Line(int number, string text) => lines.Add(new CodeLine(code.Count, Source, number, 5, text));
    }
}
