using System.Globalization;
using System.Text;
using Skep.Bpf;
using Skep.Debug.Dap;
using Skep.Debug.Debugger;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.State;
using Skep.Inventory.Code;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Fuzz.Tests;

/// <summary>Whatever a client of the Debug Adapter Protocol sends, it is answered, or the session ends.</summary>
public sealed class DapTests
{
    private const int Hours = 3600 * 10;

    private const string Session =
        """
        {"seq":1,"type":"request","command":"initialize","arguments":{"linesStartAt1":true,"pathFormat":"path"}}
        {"seq":2,"type":"request","command":"launch","arguments":{"program":"a.o","stopOnEntry":true,"stopOnExit":true,"seed":1}}
        {"seq":3,"type":"request","command":"setBreakpoints","arguments":{"source":{"path":"a.c"},"breakpoints":[{"line":2}]}}
        {"seq":4,"type":"request","command":"setFunctionBreakpoints","arguments":{"breakpoints":[{"name":"map counts","condition":"r1"}]}}
        {"seq":5,"type":"request","command":"setInstructionBreakpoints","arguments":{"breakpoints":[{"instructionReference":"8"}]}}
        {"seq":6,"type":"request","command":"configurationDone"}
        {"seq":7,"type":"request","command":"continue","arguments":{"threadId":1}}
        {"seq":8,"type":"request","command":"stackTrace","arguments":{"threadId":1,"startFrame":0,"levels":20}}
        {"seq":9,"type":"request","command":"scopes","arguments":{"frameId":1}}
        {"seq":10,"type":"request","command":"variables","arguments":{"variablesReference":5,"start":0,"count":10}}
        {"seq":11,"type":"request","command":"variables","arguments":{"variablesReference":1}}
        {"seq":12,"type":"request","command":"evaluate","arguments":{"expression":"*(u32 *)(r10 - 8) + 1 << 2","frameId":1}}
        {"seq":13,"type":"request","command":"next","arguments":{"threadId":1,"granularity":"instruction"}}
        {"seq":14,"type":"request","command":"stepBack","arguments":{"threadId":1}}
        {"seq":15,"type":"request","command":"disassemble","arguments":{"memoryReference":"0x100000000","instructionCount":9}}
        {"seq":16,"type":"request","command":"readMemory","arguments":{"memoryReference":"0x7eb0000140000100","count":64}}
        {"seq":17,"type":"request","command":"source","arguments":{"sourceReference":1}}
        {"seq":18,"type":"request","command":"reverseContinue"}
        {"seq":19,"type":"request","command":"restart"}
        {"seq":20,"type":"request","command":"stepOut"}
        {"seq":21,"type":"request","command":"exceptionInfo"}
        {"seq":22,"type":"request","command":"evaluate","arguments":{"expression":"info map counts","context":"repl"}}
        {"seq":23,"type":"request","command":"evaluate","arguments":{"expression":"timer 1","context":"repl"}}
        {"seq":24,"type":"request","command":"dataBreakpointInfo","arguments":{"name":"counts","variablesReference":5}}
        {"seq":25,"type":"request","command":"setDataBreakpoints","arguments":{"breakpoints":[{"dataId":"packet","accessType":"write"}]}}
        {"seq":26,"type":"request","command":"setFunctionBreakpoints","arguments":{"breakpoints":[{"name":"twice","logMessage":"{r1}"}]}}
        {"seq":27,"type":"request","command":"reverseContinue"}
        {"seq":28,"type":"request","command":"continue"}
        {"seq":29,"type":"request","command":"terminate"}
        """;

    [Fact]
    [TimeLimit(Hours)]
    public void Messages()
    {
        byte[] corpus = Encoding.UTF8.GetBytes(Session);
        byte[][] words = [.. Session.Split('"').Distinct().Concat(["-1", "0", "18446744073709551615", "1e9", "null", "[]", "{}", "\\ud800"])
            .Select(Encoding.UTF8.GetBytes)];
        Fuzzing.Run("dap", [corpus], words, bytes =>
        {
            using var input = new MemoryStream();
            foreach (string message in Encoding.UTF8.GetString(bytes).Split('\n'))
            {
                byte[] one = Encoding.UTF8.GetBytes(message);
                input.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Length: {one.Length}\r\n\r\n")));
                input.Write(one);
            }

            Assert.Equal(0, Serve(input.ToArray()));
        });
    }

    [Fact]
    [TimeLimit(Hours)]
    public void Headers() => Fuzzing.Run(
        "dap-headers", [Encoding.ASCII.GetBytes("Content-Type: x\r\nContent-Length: 2\r\n\r\n{}Content-Length: 4\r\n\r\nnull")],
        [.. "Content-Length: |\r\n|-1|99999999999999999999|4194305".Split('|').Select(Encoding.ASCII.GetBytes)],
        bytes => Assert.InRange(Serve(bytes), 0, 1));

    private static int Serve(byte[] input) => new DapServer(new MemoryStream(input), Stream.Null, Launch).Run();

    private static DebugTarget Launch(DapLaunch launch)
    {
        var code = new Assembler();
        Label loop = code.DefineLabel();
        code.Load(MemorySize.Word, R2, R1).Mov(R3, 20);
        code.Bind(loop).Store(MemorySize.Double, R10, -8, R3).Store(MemorySize.Byte, R2, 1, R3).LoadMapIndexValue(R4, 0, 8);
        code.Store(MemorySize.Double, R4, 0, R3).Sub(R3, 1).JumpIf(Condition.NotEqual, R3, 0, loop).Mov(R0, 2).Exit();
        Instruction[] built = code.Build();
        return new DebugTarget(
            new ProgramCode
            {
                Bytes = Skep.Isa.Encoder.Bytes(built).ToArray(),
                Form = ProgramForm.Loaded,
                Name = "a",
                Type = BpfProgramType.Xdp,
                Functions = [new CodeFunction(0, "a", 0)],
                Lines = [new CodeLine(0, "a.c", 1, 1, "one"), new CodeLine(2, "a.c", 2, 1, "two"), new CodeLine(9, "a.c", 9, 1, "end")],
                Maps = [new CodeMap { Name = "counts", Type = BpfMapType.Array, KeySize = 4, ValueSize = 16, MaxEntries = 1 }],
                MapOfSlot = new Dictionary<int, int> { [4] = 0 },
            },
            new MachineInput { Packet = new byte[64] }, new MachineOptions { Seed = launch.Seed ?? 1 });
    }
}
