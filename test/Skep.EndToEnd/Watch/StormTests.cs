using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>More calls than fit: what was captured and what was lost make what was made.</summary>
[Collection(AloneOnTheMachine.Name)]
public sealed class StormTests
{
    private const int Threads = 2, Each = 5000, Made = Threads * Each;

    [Fact]
    public void Each_of_ten_thousand_loads_is_captured_or_counted_as_lost()
    {
        Watched watched = SkepBinary.Watch("--insns --cmd prog_load", CProgram.Path("storm.c", "-lpthread"), $"{Threads}", $"{Each}");
        Assert.Equal(0, watched.Code);
        Assert.Equal(Made, watched.Answers[0].Number("made"));
        Assert.Equal(Made, watched.Captured + watched.Lost);
        Assert.Equal(watched.Captured, watched.Events.Length);
        AssertConsistent(watched);
    }

    [Fact]
    public void What_a_small_buffer_loses_is_said_exactly()
    {
        Watched watched = SkepBinary.Watch("--insns --cmd prog_load --buffer 64K", CProgram.Path("storm.c", "-lpthread"), "4", "2500");
        Assert.Equal(0, watched.Code);
        Assert.Equal(Made, watched.Captured + watched.Lost);
        Assert.Equal(watched.Captured, watched.Events.Length);
        AssertConsistent(watched);
    }

    [Fact]
    public async Task What_a_stopped_reader_loses_is_said_exactly()
    {
        Requires.Root();
        using var scratch = new Scratch();
        string pipe = scratch.File("pipe");
        Tool.Run("mkfifo", pipe);
        string storm = CProgram.Path("storm.c", "-lpthread");
        // The reader takes nothing until the storm is over: the pipe, then the ring of 64 KiB, are full.
        using var skep = SkepBinary.Start(
            "watch", "-j", "--insns", "--cmd", "prog_load", "--buffer", "64K", "-o", pipe, "--", storm, "2", $"{Each}");
        Task<string> error = skep.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(new FileStream(pipe, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        string? answer = await skep.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        if (answer is null) Assert.Fail(await error);
        Assert.Equal($"{{\"made\":{Made}}}", answer);
        JsonElement[] events = [.. (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n',
            StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];
        await skep.WaitForExitAsync(TestContext.Current.CancellationToken);
        string said = await error;
        var watched = new Watched(new Outcome(skep.ExitCode, "", said), events);
        Assert.True(watched.Lost > 0, said);
        Assert.Equal(Made, watched.Captured + watched.Lost);
        Assert.Equal(watched.Captured, events.Length);
        Assert.Contains("lost: the ring buffer was full", said, StringComparison.Ordinal);
        AssertConsistent(watched);
    }

    // What waits in the ring for longer than an event may come late is not unseen, of which the kernel's own record would be reported.
    [Fact]
    public async Task What_waits_for_a_slow_reader_is_reported_once()
    {
        Requires.Root();
        const int made = 6000;
        using var scratch = new Scratch();
        string pipe = scratch.File("pipe");
        Tool.Run("mkfifo", pipe);
        using var skep = SkepBinary.Start("watch", "-j", "--cmd", "prog_load", "--buffer", "64M", "-o", pipe);
        Task<string> error = skep.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var events = new List<JsonElement>();
        Task reading = Task.Run(
            async () =>
            {
                using var reader = new StreamReader(new FileStream(pipe, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
                while (await reader.ReadLineAsync() is { } line)
                {
                    lock (events) events.Add(Json.Parse(line));
                    if (events.Count % 100 == 0) await Task.Delay(100);
                }
            },
            TestContext.Current.CancellationToken);
        Tool.Until(
            () =>
            {
                Tool.Run(CProgram.Path("storm.c", "-lpthread"), "1", "1");
                lock (events) return events.Count > 0;
            },
            "it watches");
        using Process storm = Tool.Start(CProgram.Path("storm.c", "-lpthread"), "2", $"{made / 2}");
        await storm.WaitForExitAsync(TestContext.Current.CancellationToken);
        Tool.Until(
            () =>
            {
                lock (events) return events.Count(e => e.Number("pid") == storm.Id) >= made;
            },
            "all is read", 60);
        await Task.Delay(3000, TestContext.Current.CancellationToken);
        Tool.Run("kill", $"{skep.Id}");
        await skep.WaitForExitAsync(TestContext.Current.CancellationToken);
        await reading;
        Assert.Contains(" 0 lost", await error, StringComparison.Ordinal);
        Assert.Equal(made, events.Count(e => e.Number("pid") == storm.Id));
    }

    private static void AssertConsistent(Watched watched)
    {
        long before = 0;
        foreach (JsonElement e in watched.Events)
        {
            long sequence = e.Number("seq")!.Value;
            Assert.True(sequence > before);
            before = sequence;
            string capture = e.Text("prog.capture")!;
            Assert.True(capture is "proven" or "partial", capture);
            if (capture == "partial") continue;
            Assert.Equal(2, e.Number("prog.insn_cnt"));
            Assert.Equal("9500000000000000", Convert.ToHexStringLower(e.Insns())[16..]);
        }

        Assert.True(before <= Made);
        IEnumerable<long> ids = watched.Events.Select(e => e.Number("prog.id")!.Value);
        Assert.Distinct(ids);
    }
}
