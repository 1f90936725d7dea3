using System.Diagnostics;
using System.Text.Json;
using Skep.Bpf;
using Skep.EndToEnd.Map;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Top;

/// <summary>
/// <c>skep top</c>: its numbers against bpftool's, and its screen on a pseudoterminal. Whoever has the kernel count has it count for all.
/// </summary>
[Collection(AloneOnTheMachine.Name)]
[Trait("level", "kernel")]
public sealed class TopTests(TypedMaps maps) : IClassFixture<TypedMaps>
{
    private const string Leaves = "\e[?1049l";

    private int ProgramId => (int)Json.Parse(Tool.Run("bpftool", "-j", "prog", "show", "pinned", maps.Program("populate"))).Number("id")!;

    [Fact]
    public void Runs_are_bpftools_and_all_that_were_made()
    {
        long before = Bpftool("run_cnt");
        using Process top = SkepBinary.Start("top", "-j", "--interval", "100ms");
        List<JsonElement> samples = [Json.Parse(top.StandardOutput.ReadLine()!)];
        Run(500);
        long runs = Bpftool("run_cnt"), time = Bpftool("run_time_ns");
        Assert.Equal(before + 500, runs);
        while (Own(samples[^1]).Number("run_cnt") < runs) samples.Add(Json.Parse(top.StandardOutput.ReadLine()!));
        Tool.End(top).Succeeds();
        Assert.Equal(time, Own(samples[^1]).Number("run_time_ns"));
        Assert.Equal(500, samples.Sum(sample => Own(sample).Number("period_run_cnt")));
        Assert.Equal(time / runs, Own(samples[^1]).Number("avg_run_ns"));
        JsonElement busy = samples.Select(Own).First(load => load.Number("period_run_cnt") > 0);
        Assert.Equal(
            busy.At("period_run_cnt")!.Value.GetDouble() / busy.At("period_ms")!.Value.GetDouble() * 1000,
            busy.At("events_per_second")!.Value.GetDouble(),
            0.5);
        Assert.Equal(
            busy.At("period_run_time_ns")!.Value.GetDouble() / busy.At("period_ms")!.Value.GetDouble() / 1e4,
            busy.At("cpu_percent")!.Value.GetDouble(),
            0.01);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("KILL")]
    public void The_kernel_counts_only_as_long_as_it_runs(string signal)
    {
        Assert.SkipWhen(Counts(), "something else on this machine has the statistics on");
        using (Process top = SkepBinary.Start("top", "-j", "--interval", "50ms"))
        {
            Tool.FirstLine(top);
            long running = Bpftool("run_cnt");
            Run(10);
            Assert.Equal(running + 10, Bpftool("run_cnt"));
            Tool.End(top, signal);
        }

        long after = Bpftool("run_cnt");
        Run(10);
        Assert.Equal(after, Bpftool("run_cnt"));
    }

    private bool Counts()
    {
        long before = Bpftool("run_cnt");
        Run(10);
        return Bpftool("run_cnt") > before;
    }

    [Fact]
    public void Without_a_terminal_it_prints_a_table_a_sample()
    {
        string[] lines = SkepBinary.Run("top", "-n", "2", "--interval", "50ms").Output.Split('\n');
        int[] heads =
        [
            .. Enumerable.Range(0, lines.Length).Where(i => lines[i].TrimStart().StartsWith("ID TYPE", StringComparison.Ordinal))
        ];
        Assert.Equal(2, heads.Length);
        Assert.Contains(
            lines[heads[1]..],
            line =>
                line.TrimStart().StartsWith($"{ProgramId} xdp ", StringComparison.Ordinal)
                    && line.Contains("populate", StringComparison.Ordinal));
    }

    [Fact]
    public void The_screen_is_driven_by_keys_and_is_left_as_it_was()
    {
        using var screen = new Screen(30, 150, $"{SkepBinary.Path} top --interval 100ms");
        string[] table = screen.Wait("programs,");
        Assert.Equal(30, table.Length);
        Assert.Contains("CPU%▼", table[2], StringComparison.Ordinal);
        screen.Press("h");
        screen.Wait("skep top: keys");
        screen.Press("q");
        screen.Press("/popul");
        screen.Wait("filter: popul_");
        screen.Press("\r");
        string[] rows = screen.Wait(lines => lines.Length == 30 && lines[1].StartsWith("filter: popul ", StringComparison.Ordinal));
        Assert.Contains("populate", rows[3], StringComparison.Ordinal);
        screen.Press("N");
        screen.Wait(lines => lines.Length == 30 && lines[2].Contains("ID▼", StringComparison.Ordinal));
        screen.Press("P>");
        screen.Wait(lines => lines.Length == 30 && lines[2].Contains("AVG NS▼", StringComparison.Ordinal));
        screen.Press("I");
        screen.Wait(lines => lines.Length == 30 && lines[2].Contains("AVG NS▲", StringComparison.Ordinal));
        screen.Press($"\e/{ProgramId}\r\e[B\r");
        screen.Wait($"program {ProgramId}  xdp  populate");
        Run(2000);
        screen.Wait(lines => lines.Any(line => line.StartsWith('│') && line.Contains('█')));
        screen.Press("\e");
        screen.Wait("programs,");
        screen.Press("q");
        Assert.Equal(0, screen.End());
        Assert.Contains(Leaves, screen.All, StringComparison.Ordinal);
    }

    [Fact]
    public void The_screen_follows_the_terminals_size_and_a_signal_leaves_it()
    {
        using var screen = new Screen(24, 80, $"{SkepBinary.Path} top --interval 10s");
        Assert.Equal(24, screen.Wait("programs,").Length);
        Tool.Run("stty", "-F", screen.Terminal, "rows", "12", "cols", "50");
        Assert.All(screen.Wait(lines => lines.Length == 12), line => Assert.True(line.Length <= 50, line));
        string raw = Tool.Run("stty", "-F", screen.Terminal, "-a");
        Assert.Contains("-icanon", raw, StringComparison.Ordinal);
        Assert.DoesNotContain(Leaves, screen.All, StringComparison.Ordinal);
        Tool.Run("sh", "-c", $"kill {screen.Pid}");
        Assert.Equal(0, screen.End());
        Assert.Contains(Leaves, screen.All, StringComparison.Ordinal);
    }

    private JsonElement Own(JsonElement sample) =>
        sample.GetProperty("programs").EnumerateArray().First(load => load.Number("id") == ProgramId);

    private long Bpftool(string key) =>
        Json.Parse(Tool.Run("bpftool", "-j", "prog", "show", "pinned", maps.Program("populate"))).Number(key) ?? 0;

    private void Run(int times)
    {
        using BpfProgram program = BpfProgram.OpenPinned(maps.Program("populate"));
        program.Run(new BpfRun { Data = new byte[64], Repeat = times });
    }
}
