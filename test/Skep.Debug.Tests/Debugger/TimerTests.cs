using System.Text.Json.Nodes;
using Skep.Debug.Debugger;
using Skep.Debug.Debugger.Console;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.State;
using Skep.Debug.Tests.Machine;
using Skep.Inventory.Code;
using Skep.Output;

namespace Skep.Debug.Tests.Debugger;

/// <summary>Timers and work run when the user says so, and that can be gone back from.</summary>
public sealed class TimerTests
{
    private DebugSession _session = Start("timers", "start_timer");
    private DebugConsole _console;

    public TimerTests() => _console = new DebugConsole(_session);

    [Fact]
    public void Work_waits_and_runs()
    {
        _session = Start("works", "start_work");
        _console = new DebugConsole(_session);
        Assert.Equal(0, (int)Do("continue")["retval"]!);
        Assert.Equal("1: map jobs, key 7, counted, now\n", Text("info timers"));
        Assert.Equal("counted", Do("timer 1")["function"]!.ToString());
        Assert.Equal("end", Do("continue")["stop"]!.ToString());
        byte[] key = BitConverter.GetBytes(7);
        Assert.Equal(8, BitConverter.ToInt32(_session.Machine.Map("jobs")!.Get(key)));
        Assert.Empty(Do("info timers")["timers"]!.AsArray());
    }

    [Fact]
    public void A_timer_waits_runs_and_is_gone_back_from()
    {
        Assert.Equal("a timer runs when the program has ended (continue)", Fail("timer 1"));
        Assert.Empty(Do("info timers")["timers"]!.AsArray());

        // 100 * -EBUSY of the second bpf_timer_init.
        Assert.Equal(-1600, (int)(long)Do("continue")["retval"]!);
        JsonNode waiting = Assert.Single(Do("info timers")["timers"]!.AsArray())!;
        Assert.Equal(
            ("timers", "7", "expired"), (waiting["map"]!.ToString(), waiting["key"]!.ToString(), waiting["callback"]!.ToString()));
        Assert.InRange((long)waiting["left_ns"]!, 400, 500);
        Assert.Equal("there is no timer 2 (info timers lists them)", Fail("timer 2"));
        Assert.Contains("key 7, expired, in ", Text("info timers"), StringComparison.Ordinal);
        long end = _session.Machine.Steps;

        // It starts itself again: 8, 16, ... until 100, and cancels itself then, which is refused.
        for (int runs = 8; runs < 104; runs += 8)
        {
            Assert.Equal("expired", Do("timer 1")["function"]!.ToString());
            JsonNode stop = Do("continue");
            Assert.Equal(("end", "0"), (stop["stop"]!.ToString(), stop["returned"]!.ToString()));
            Assert.Equal(runs, Runs());
        }

        Do("timer 1");
        Assert.StartsWith("the callback returned 0 after ", Text("continue"), StringComparison.Ordinal);
        Assert.Equal(104 + 35_000, Runs());
        Assert.Empty(Do("info timers")["timers"]!.AsArray());

        long last = _session.Machine.Steps;
        Do($"goto {end}");
        Assert.Equal(0, Runs());
        Assert.Single(Do("info timers")["timers"]!.AsArray());
        Do($"goto {last}");
        Assert.Equal(104 + 35_000, Runs());
        Do("reverse-stepi");
        Do("break expired");
        Assert.Equal("breakpoint", Do("reverse-continue")["stop"]!.ToString());
        Assert.Equal(96, Runs());
        Assert.Equal("breakpoint", Do("reverse-continue")["stop"]!.ToString());
        Assert.Equal(88, Runs());
    }

    private static DebugSession Start(string source, string program) => new(new DebugTarget(
        CodeFileReader.Read(BpfSource.File($"Machine/Programs/{source}.bpf.c")).Single(code => code.Name == program),
        new MachineInput { Packet = OwnedKernelTests.Packet() }, new MachineOptions()));

    private int Runs()
    {
        byte[] key = BitConverter.GetBytes(7);
        return BitConverter.ToInt32(_session.Machine.Map("timers")!.Get(key));
    }

    private JsonNode Do(string command)
    {
        var output = new StringWriter();
        Assert.True(_console.Execute(command, output, OutputForm.Json), output.ToString());
        return JsonNode.Parse(output.ToString())!;
    }

    private string Fail(string command)
    {
        var output = new StringWriter();
        Assert.False(_console.Execute(command, output, OutputForm.Json));
        return JsonNode.Parse(output.ToString())!["error"]!.ToString();
    }

    private string Text(string command)
    {
        var output = new StringWriter();
        Assert.True(_console.Execute(command, output, OutputForm.Text));
        return output.ToString();
    }
}
