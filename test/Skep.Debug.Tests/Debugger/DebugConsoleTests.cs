using System.Text.Json.Nodes;
using Skep.Debug.Debugger;
using Skep.Debug.Debugger.Console;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.State;
using Skep.Inventory.Code;
using Skep.Output;
using Skep.Packets.Building;

namespace Skep.Debug.Tests.Debugger;

/// <summary>The commands of the debugger on a program of clang: what they answer, forward and back.</summary>
[Trait("level", "kernel")]
public sealed class DebugConsoleTests
{
    private const int TimeToLive = 22;

    private readonly DebugSession _session = new(new DebugTarget(
        Assert.Single(CodeFileReader.Read(BpfSource.File("Debugger/Programs/stepped.bpf.c"))),
        new MachineInput { Packet = Packet() }, new MachineOptions()));

    private readonly DebugConsole _console;

    public DebugConsoleTests() => _console = new DebugConsole(_session);

    [Fact]
    public void A_line_is_reached_and_gone_back_from()
    {
        Assert.Equal("ip->ttl--;", Line(Do("break 34"), "continue")["source"]!["text"]!.ToString());
        Assert.Equal(64, PacketByte());
        Assert.Equal("end", Do("finish")["stop"]!.ToString());
        Assert.Equal(63, PacketByte());

        // Back to before the packet was changed, and once more forward.
        Do("reverse-continue");
        Assert.Equal(64, PacketByte());
        JsonNode end = Do("continue");
        Assert.Equal(("end", "XDP_TX (3)"), (end["stop"]!.ToString(), end["returned"]!.ToString()));
        Assert.Equal(63, PacketByte());
        Assert.Equal("breakpoint", Do("reverse-continue")["stop"]!.ToString());
        Assert.Equal("beginning", Do("reverse-continue")["stop"]!.ToString());
        Assert.Equal(0, (int)Do("goto 0")["step"]!);
    }

    [Fact]
    public void Each_step_back_is_the_step_before()
    {
        var slots = new List<int>();
        for (JsonNode stop = Do("goto 0"); stop["stop"]!.ToString() == "step"; stop = Do("stepi")) slots.Add((int)stop["insn"]!);
        Assert.True(slots.Count > 20);
        for (int step = slots.Count - 1; step >= 0; step--)
        {
            JsonNode stop = step == slots.Count - 1 ? Do($"goto {step}") : Do("reverse-stepi");
            Assert.Equal((step, slots[step]), ((int)stop["step"]!, (int)stop["insn"]!));
        }
    }

    [Fact]
    public void A_function_is_entered_left_and_called_again_backwards()
    {
        Do("break count");
        JsonNode inside = Do("continue");
        Assert.Equal(("count", 1), (inside["function"]!.ToString(), (int)inside["depth"]!));
        Assert.Equal(["count", "step"], Do("backtrace")["frames"]!.AsArray().Select(frame => frame!["function"]!.ToString()));
        Assert.Equal(0, (int)Do("finish")["depth"]!);
        Assert.Equal(1, (int)Do("print r0")["value"]!);
        Do("reverse-stepi");
        JsonNode call = Do("reverse-finish");
        Assert.Equal(("step", 0), (call["function"]!.ToString(), (int)call["depth"]!));
        Assert.StartsWith("(85) call", call["text"]!.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Not into the middle of the line, behind its call.</summary>
    [Fact]
    public void A_line_with_a_call_is_gone_back_over_as_a_whole()
    {
        Do("break 32");
        JsonNode call = Do("continue");
        Assert.Contains("count(1)", call["source"]!["text"]!.ToString(), StringComparison.Ordinal);
        JsonNode behind = Do("next");
        Assert.Equal((34, 0), ((int)behind["source"]!["line"]!, (int)behind["depth"]!));
        JsonNode back = Do("reverse-next");
        Assert.Equal(((int)call["step"]!, (int)call["insn"]!), ((int)back["step"]!, (int)back["insn"]!));
    }

    [Fact]
    public void Writes_to_a_map_and_calls_of_a_helper_stop()
    {
        Do("break helper map_lookup_elem");
        Assert.Contains("bpf_map_lookup_elem", Do("continue")["text"]!.ToString(), StringComparison.Ordinal);
        Do("delete 1");
        Do("break map counts");
        Assert.Equal(2, (int)Do("continue")["breakpoint"]!);
        Assert.Equal("0", Do("info map counts")["entries"]![1]!["value"]!.ToString());
        Do("stepi");
        Assert.Equal("1", Do("info map counts")["entries"]![1]!["value"]!.ToString());
        Do("reverse-stepi");
        Assert.Equal("0", Do("info map counts")["entries"]![1]!["value"]!.ToString());
    }

    [Fact]
    public void A_condition_decides()
    {
        Do("break 34 if $step > 1000");
        Assert.Equal("end", Do("continue")["stop"]!.ToString());
        Do("run");
        Do("break 34 if *(u8 *)(r6 + 22) == 64 || 1");
        Assert.Equal(2, (int)Do("continue")["breakpoint"]!);
    }

    [Theory]
    [InlineData("brek 5", "did you mean break?")]
    [InlineData("break *100000", "no instruction begins at 100000")]
    [InlineData("break nothing", "no function nothing")]
    [InlineData("break helper redirect", "does not call bpf_redirect")]
    [InlineData("break map other", "it has counts")]
    [InlineData("break 34 if r11", "a number, a register")]
    [InlineData("delete 7", "no breakpoint 7")]
    [InlineData("delete 4294967297", "no breakpoint 4294967297")]
    [InlineData("print r4", "was not written yet")]
    [InlineData("print 1 / 0", "divides by 0")]
    [InlineData("x/8 0", "no 8 bytes")]
    [InlineData("stepi -1", "stepi [N]")]
    [InlineData("info nothing", "info registers")]
    [InlineData("info map other", "has no map other")]
    public void What_cannot_be_done_says_why(string command, string reason)
    {
        JsonNode answer = Do(command, isDone: false);
        Assert.Contains(reason, answer["error"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_documentation_has_each_command()
    {
        string text = Repository.Read("docs/debug.md");
        Assert.All(DebugConsole.Commands, command =>
        {
            string[] help = command.Help.Split(": ", 2);
            string shorts = string.Join(", ", command.Short.Select(word => $"`{word}`"));
            Assert.Contains(
                $"| `{help[0].Replace("|", "\\|", StringComparison.Ordinal)}` | {shorts} | {help[1]} |", text, StringComparison.Ordinal);
        });
    }

    private JsonNode Do(string command, bool isDone = true)
    {
        using var output = new StringWriter();
        Assert.True(isDone == _console.Execute(command, output, OutputForm.Json), output.ToString());
        return JsonNode.Parse(output.ToString())!;
    }

    private JsonNode Line(JsonNode before, string command)
    {
        Assert.Null(before["error"]);
        return Do(command);
    }

    private int PacketByte() =>
        Convert.ToInt32(Do("info packet")["packet"]!.ToString().Substring(2 * TimeToLive, 2), 16);

    private static byte[] Packet()
    {
        Assert.True(PacketText.TryParse("udp 10.0.0.1:5 > 10.0.0.2:53", out PacketSpec spec, out string error), error);
        return PacketBuilder.Build(spec);
    }
}
