using System.Text.Json.Nodes;
using Skep.Debug.Dap;
using Skep.Debug.Debugger;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.State;
using Skep.Debug.Tests.Machine;
using Skep.Inventory.Code;

namespace Skep.Debug.Tests.Dap;

/// <summary>Commands in the debug console of a client.</summary>
public sealed class DapConsoleTests
{
    [Fact]
    public void A_timer_is_run_from_the_debug_console()
    {
        using DapClient client = DapClient.Launched(Timers, ",\"stopOnEntry\":false,\"stopOnExit\":true");
        Assert.Equal("exit", (string)client.Event("stopped")!["reason"]!);
        Assert.StartsWith("1: map timers, key 7, expired, in ", Console(client, "info timers"), StringComparison.Ordinal);
        Assert.Equal("there is no timer 2 (info timers lists them)", Refused(client, "timer 2"));
        Assert.StartsWith("timer N: ", Refused(client, "timer"), StringComparison.Ordinal);
        Assert.Equal("", Console(client, "timer 1"));
        Assert.Equal("step", (string)client.Event("stopped")!["reason"]!);
        Assert.Equal("a timer runs when the program has ended (continue)", Refused(client, "timer 1"));
        Assert.StartsWith("#0 expired at *", Console(client, "bt"), StringComparison.Ordinal);
        client.Ask("continue");
        Assert.StartsWith("the callback returned 0 after ", (string)client.Event("output")!["output"]!, StringComparison.Ordinal);
        Assert.Equal("exit", (string)client.Event("stopped")!["reason"]!);
        client.Ask("continue");
        client.Event("terminated");
        Assert.Equal("the session has ended with the program (stopOnExit keeps it)", Refused(client, "timer 1"));
    }

    [Fact]
    public void Commands_are_of_the_debug_console_and_expressions_of_any_place()
    {
        using DapClient client = DapClient.Launched(DapProgram.Target);
        client.Stop();
        Assert.Contains("r1   context", Console(client, "info registers"), StringComparison.Ordinal);
        Assert.Contains("reverse-continue", Console(client, "help"), StringComparison.Ordinal);
        Assert.Equal("3", Console(client, "1 + 2"));
        Assert.NotEmpty(Refused(client, "info registers", "watch"));

        // Those that move the program are requests of the client.
        Assert.NotEmpty(Refused(client, "continue"));
    }

    private static string Console(DapClient client, string line) => (string)client.Ask("evaluate", Arguments(line, "repl"))!["result"]!;

    private static string Refused(DapClient client, string line, string context = "repl") =>
        client.Refused("evaluate", Arguments(line, context));

    private static string Arguments(string line, string context) =>
        new JsonObject { ["expression"] = line, ["context"] = context }.ToJsonString();

    private static DebugTarget Timers(DapLaunch launch) => new(
        CodeFileReader.Read(BpfSource.File("Machine/Programs/timers.bpf.c")).Single(code => code.Name == "start_timer"),
        new MachineInput { Packet = OwnedKernelTests.Packet() }, new MachineOptions());
}
