using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>The file of <c>-o</c>: appended to, moved by others, rotated, on a full disk.</summary>
public sealed class EventFileTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void A_second_watch_appends()
    {
        Requires.Root();
        for (int i = 1; i <= 2; i++)
        {
            Outcome outcome = SkepBinary.Run("watch", "-j", "-o", _scratch.File("log"), "--", CProgram.Path("signals.c"));
            Assert.True(outcome.Code == 0, outcome.Error);
            Assert.Equal(i, SkepBinary.Events(_scratch.File("log")).Count(e => e.Text("cmd") == "prog_load"));
        }
    }

    [Fact]
    public void At_hup_it_opens_the_file_anew()
    {
        Requires.Root();
        string log = _scratch.File("log"), moved = _scratch.File("log.1");
        using Process skep = SkepBinary.Start("watch", "-j", "-o", log, "--comm", "signals_c");
        Assert.Contains("watching", skep.StandardError.ReadLine(), StringComparison.Ordinal);
        Tool.Run(CProgram.Path("signals.c"));
        Tool.Until(() => new FileInfo(log).Length > 0, "an event");
        File.Move(log, moved);
        Tool.Run("kill", "-HUP", $"{skep.Id}");
        Tool.Until(() => File.Exists(log), "the new file");
        Tool.Run(CProgram.Path("signals.c"));
        Tool.Until(() => new FileInfo(log).Length > 0, "another event");
        Tool.Run("kill", "-INT", $"{skep.Id}");
        Assert.True(skep.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, skep.ExitCode);
        Assert.Equal("prog_load", Assert.Single(SkepBinary.Events(moved)).Text("cmd"));
        Assert.Equal("prog_load", Assert.Single(SkepBinary.Events(log)).Text("cmd"));
        Assert.Equal("600 0\n", Tool.Run("stat", "-c", "%a %u", log));
    }

    [Fact]
    public void It_is_rotated_between_events_and_none_is_lost()
    {
        Requires.Root();
        Outcome outcome = SkepBinary.Run(
            "watch", "-j", "-o", _scratch.File("log"), "--rotate", "8K,3", "--", "sh", "-c",
            $"for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do {CProgram.Path("loads.c")} poster >/dev/null; done");
        Assert.True(outcome.Code == 0, outcome.Error);
        Assert.Equal(["log", "log.1", "log.2", "log.3"],
            Directory.GetFiles(_scratch.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string[] oldestFirst = ["log.3", "log.2", "log.1", "log"];
        JsonElement[] events = [.. oldestFirst.SelectMany(name => SkepBinary.Events(_scratch.File(name)))];
        long[] numbers = [.. events.Select(e => e.Number("seq")!.Value)];
        Assert.Equal(Enumerable.Range(0, numbers.Length).Select(i => numbers[0] + i), numbers);
        Assert.All((string[])["log.1", "log.2", "log.3"], name =>
        {
            byte[] bytes = File.ReadAllBytes(_scratch.File(name));
            int last = bytes.Length - 1 - Array.LastIndexOf(bytes, (byte)'\n', bytes.Length - 2);
            Assert.True(bytes.Length >= 8192 && bytes.Length - last < 8192, $"{name}: {bytes.Length} bytes, the last event {last}");
        });
    }

    [Theory]
    [InlineData("-o /dev/null --rotate 1M", "rotating /dev/null: it is no regular file (leave out --rotate)")]
    [InlineData("--rotate 1M", "--rotate is of the file of -o (give -o FILE)")]
    public void Only_a_file_is_rotated(string options, string message)
    {
        Outcome outcome = SkepBinary.Run(["watch", .. options.Split(' ')]);
        Assert.Equal(2, outcome.Code);
        Assert.Contains(message, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_full_disk_events_are_left_out_and_counted_and_those_that_are_there_are_whole()
    {
        Requires.Root();
        string disk = Directory.CreateDirectory(_scratch.File("disk")).FullName, copy = _scratch.File("copy");
        string many = $"for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do {CProgram.Path("loads.c")} poster >/dev/null; done";
        Outcome outcome = Tool.Try("unshare", "-m", "sh", "-c",
            $"mount -t tmpfs -o size=32k none {disk} && {SkepBinary.Path} watch -j -o {disk}/log -- sh -c '{many}'; code=$?; "
            + $"cp {disk}/log {copy}; exit $code");
        Assert.True(outcome.Code == 1, outcome.Error);
        Assert.Contains($"writing {disk}/log: No space left on device: events are left out until there is room", outcome.Error,
            StringComparison.Ordinal);
        int written = SkepBinary.Events(copy).Length;
        long captured = new Watched(outcome, []).Captured;
        Assert.InRange(written, 1, captured - 1);
        Assert.Contains($"error: writing events: {captured - written} found no room in the file", outcome.Error, StringComparison.Ordinal);
        Assert.EndsWith("}\n", File.ReadAllText(copy), StringComparison.Ordinal);
    }
}
