using System.Globalization;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Traces of programs whose results, calls and output are known.</summary>
[Trait("level", "machine")]
public sealed class TraceTests(TracedMachine machine) : IClassFixture<TracedMachine>
{
    [Fact]
    public void Each_call_has_its_packet_its_result_and_what_it_changed()
    {
        (JsonElement[] calls, JsonElement end) = TracedMachine.TraceJson(
            () => machine.Send(53, 7, 9, 80), "prog", "pinned", TracedMachine.Pin("traced_xdp"), "-n", "4");
        Assert.Equal(
            ["53 XDP_DROP", "7 XDP_TX", "9 XDP_PASS", "80 XDP_PASS"],
            calls.Select(call => $"{PortOf(call)} {call.Text("result_name")}"));
        Assert.All(calls, call =>
        {
            Assert.Equal(("call", "traced_xdp", "v1", 58L), (
                call.Text("event"), call.Text("function"), call.Text("device"), N(call.GetProperty("packet"), "bytes")));
            Assert.Equal(TracedMachine.IdOf("traced_xdp"), (uint)N(call, "prog_id"));
            Assert.True(N(call, "duration_ns") > 0);
        });

        // The type of service, which the program sets in what passes.
        string before = calls[2].GetProperty("packet").Text("data")!, after = calls[2].GetProperty("packet_after").Text("data")!;
        Assert.Equal(($"{before[..30]}04{before[32..]}", "00"), (after, before[30..32]));
        Assert.False(calls[0].TryGetProperty("packet_after", out _));
        Assert.Equal((4L, 0L), (N(end, "calls"), N(end, "lost")));
        Assert.Equal(4, end.GetProperty("histogram_ns").EnumerateArray().Sum(slot => N(slot, "calls")));
    }

    [Fact]
    public void A_filter_takes_the_calls_for_which_it_holds()
    {
        Outcome outcome = TracedMachine.Trace(
            () => machine.Send(80, 53, 7, 53), "prog", "pinned", TracedMachine.Pin("traced_xdp"), "-n", "2", "--filter",
            "result == XDP_DROP && length == 58 && duration > 0 && comm != \"nobody\"");
        outcome.Succeeds();
        Assert.Equal(2, outcome.Output.Split('\n').Count(line => line.Contains("= XDP_DROP", StringComparison.Ordinal)));
        Assert.DoesNotContain("XDP_PASS", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("4 calls, 2 shown; 0 events lost", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("nsecs", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_subprogram_has_its_arguments_and_its_result()
    {
        (JsonElement[] calls, _) = TracedMachine.TraceJson(
            () => machine.Send(53, 80), "prog", "pinned", TracedMachine.Pin("traced_xdp"), "--func", "port_of", "-n", "2");
        Assert.Equal([53L, 80L], calls.Select(call => N(call, "result")));
        Assert.All(calls, call =>
        {
            Assert.Equal("port_of", call.Text("function"));
            Assert.Equal(3, call.GetProperty("args").GetProperty("salt").GetInt64());
        });
    }

    [Fact]
    public void The_capture_holds_packets_before_and_after_with_the_verdict()
    {
        using var scratch = new Scratch();
        string file = scratch.File("calls.pcapng");
        TracedMachine.Trace(
            () => machine.Send(53, 80), "prog", "pinned", TracedMachine.Pin("traced_xdp"), "-n", "2", "--write", file);
        if (Tool.TryFind("tcpdump") is null) Assert.Skip("there is no tcpdump to read the capture");
        string[] lines = Tool.Run("tcpdump", "-Z", "root", "-nvr", file).Split('\n');
        Assert.Equal(["0x0", "0x0", "0x0", "0x4"], lines.Where(line => line.Contains("tos", StringComparison.Ordinal))
            .Select(line => line.Split("tos ")[1].Split(',')[0]));
        string text = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(file));
        Assert.Contains("before: traced_xdp = XDP_DROP", text, StringComparison.Ordinal);
        Assert.Contains("after: traced_xdp = XDP_PASS", text, StringComparison.Ordinal);
        Assert.Contains("after: traced_xdp = XDP_DROP, unchanged", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Calls_of_a_helper_are_those_of_the_program_alone()
    {
        // traced_tc updates the same map, as do the handlers of the trace itself.
        (JsonElement[] calls, JsonElement end) = TracedMachine.TraceAll(
            () => machine.Send(53, 80, 7), "helper", "bpf_map_update_elem", "--prog", "pinned", TracedMachine.Pin("traced_xdp"));
        Assert.Equal(3, calls.Length);
        Assert.All(calls, call =>
        {
            Assert.Equal(("bpf_map_update_elem", 0L), (call.Text("helper"), N(call, "result")));
            JsonElement[] arguments = [.. call.GetProperty("args").EnumerateObject().Select(each => each.Value)];
            Assert.Equal((4, 0L), (arguments.Length, arguments[3].GetInt64()));
        });
        Assert.Single(calls.Select(call => call.GetProperty("args").EnumerateObject().First().Value.GetUInt64()).Distinct());
        Assert.Equal(3, N(end, "calls"));
    }

    [Fact]
    public void Text_is_that_of_the_program_alone()
    {
        // other_xdp prints of the same packets, in the same place, before and after.
        void Send()
        {
            machine.Attach("other_xdp");
            machine.Send(9);
            machine.Attach("traced_xdp");
            machine.Send(9, 80);
        }

        (JsonElement[] traced, _) = TracedMachine.TraceJson(
            Send, "prog", "pinned", TracedMachine.Pin("traced_xdp"), "--output", "-n", "2");
        Assert.Equal(["print", "call", "call"], traced.Select(each => each.Text("event")));
        Assert.Equal(("printk", "traced port 9"), (traced[0].Text("origin"), traced[0].Text("text")));
        Assert.Equal(N(traced[0], "pid"), N(traced[1], "pid"));
    }

    [Fact]
    public void Text_of_the_streams_is_taken_out()
    {
        Requires.Kernel(7, 0);
        const string pin = "/sys/fs/bpf/skep-streams";
        Tool.Run("bpftool", "prog", "load", Built.StreamsObject, pin);
        try
        {
            (JsonElement[] events, _) = TracedMachine.TraceJson(
                () => Tool.Run(SkepBinary.Path, "prog", "replay", "pinned", pin, "--packet", "udp 10.0.0.1:5 > 10.0.0.2:53"),
                "prog", "pinned", pin, "--output", "-n", "1");
            Assert.Equal(["call", "print"], events.Select(each => each.Text("event")).Order(StringComparer.Ordinal));
            JsonElement print = events.Single(each => each.Text("event") == "print");
            Assert.Equal(("stderr", "queue 0"), (print.Text("origin"), print.Text("text")));
        }
        finally
        {
            Tool.Run("rm", pin);
        }
    }

    [Fact]
    public void The_stack_begins_with_the_program()
    {
        (JsonElement[] calls, _) = TracedMachine.TraceJson(
            () => machine.Send(80), "prog", "pinned", TracedMachine.Pin("traced_xdp"), "--stack", "-n", "1");
        string[] frames = [.. calls[0].GetProperty("stack").EnumerateArray().Select(frame => frame.GetString()!)];
        Assert.Contains("traced_xdp+0x", frames[0], StringComparison.Ordinal);
        Assert.StartsWith("veth_", frames[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("traced_xdp", "XDP_DROP", "XDP_PASS")]
    [InlineData("traced_tc", "TC_ACT_OK", "TC_ACT_OK")]
    public void A_saved_call_gives_at_the_desk_what_it_gave_in_the_kernel(string program, string first, string second)
    {
        using var scratch = new Scratch();
        string directory = scratch.File("calls");

        // What XDP drops does not come to tc.
        Outcome outcome = TracedMachine.Trace(
            () => machine.Send(program == "traced_tc" ? [81, 80] : [53, 80]), "prog", "pinned", TracedMachine.Pin(program), "--save",
            directory, "-n", "2");
        Assert.True(outcome.Code == 0, outcome.Error);
        string[] files = [.. Directory.GetFiles(directory).Order(StringComparer.Ordinal)];
        Assert.Equal(2, files.Length);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        foreach ((string file, string result) in files.Zip((string[])[first, second]))
        {
            Outcome check = SkepBinary.Run("debug", "--event", file, "--check");
            Assert.True(check.Code == 0, check.Output + check.Error);
            Assert.Contains($"it returned {result}", check.Error, StringComparison.Ordinal);
            Outcome steps = SkepBinary.Run("debug", "--event", file, "-c", "step", "-c", "continue");
            Assert.Contains($"the program returned {result}", steps.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_program_that_may_sleep_is_traced()
    {
        using var scratch = new Scratch();
        string context = scratch.File("context"), pin = TracedMachine.Pin("traced_syscall");
        File.WriteAllBytes(context, [41, 0, 0, 0, 0, 0, 0, 0]);
        (JsonElement[] calls, JsonElement end) = TracedMachine.TraceJson(
            () => Tool.Run(SkepBinary.Path, "prog", "replay", "pinned", pin, "--ctx", context), "prog", "pinned", pin, "-n", "1");
        Assert.Equal((42L, "traced_syscall", 1L, 0L), (
            N(calls[0], "result"), calls[0].Text("function"), N(end, "calls"), N(end, "lost")));
    }

    [Fact]
    public void A_program_of_tc_has_its_results_by_name()
    {
        (JsonElement[] calls, _) = TracedMachine.TraceJson(
            () => machine.Send(80), "prog", "pinned", TracedMachine.Pin("traced_tc"), "-n", "1");
        Assert.Equal(("TC_ACT_OK", "v1", 80), (calls[0].Text("result_name"), calls[0].Text("device"), PortOf(calls[0])));
    }

    [Fact]
    public void A_program_that_is_given_no_packet_is_saved_with_its_context()
    {
        using var scratch = new Scratch();
        string context = scratch.File("context"), directory = scratch.File("calls"), pin = TracedMachine.Pin("traced_raw");
        File.WriteAllBytes(context, [7, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
        (JsonElement[] calls, _) = TracedMachine.TraceJson(
            () => Tool.Run(SkepBinary.Path, "prog", "replay", "pinned", pin, "--ctx", context), "prog", "pinned", pin, "--save", directory);
        Assert.Equal(1, N(calls[0], "result"));
        Outcome check = SkepBinary.Run("debug", "--event", Directory.GetFiles(directory)[0], "--check");
        Assert.True(check.Code == 0, check.Output + check.Error);
    }

    [Fact]
    public void What_the_code_does_not_call_is_named_with_what_it_does()
    {
        Outcome outcome = SkepBinary.Run("trace", "helper", "bpf_map_lookup_elem", "--prog", "pinned", TracedMachine.Pin("traced_xdp"));
        Assert.Equal(1, outcome.Code);
        Assert.Contains("the loaded code does not call it", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("bpf_map_update_elem", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_that_cannot_be_written_fails_the_trace()
    {
        // As text, a trace without calls prints nothing.
        Outcome outcome = Tool.Try("sh", "-c", $"exec '{SkepBinary.Path}' trace prog pinned {TracedMachine.Pin("traced_xdp")} "
            + "-j --duration 1s >/dev/full");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("writing standard output: No space left on device", outcome.Error, StringComparison.Ordinal);
    }

    private static long N(JsonElement e, string path) => e.Number(path) ?? throw new InvalidDataException($"no {path}: {e}");

    private static int PortOf(JsonElement call)
    {
        string headers = call.GetProperty("packet").Text("headers")!;
        return int.Parse(headers.Split("10.0.0.2:")[1].Split(' ')[0], CultureInfo.InvariantCulture);
    }
}
