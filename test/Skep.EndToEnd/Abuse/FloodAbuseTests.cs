using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Abuse;

/// <summary>A user without privileges who makes calls faster than they can be reported: the events of others are not lost for it.</summary>
[Collection(AloneOnTheMachine.Name)]
public sealed class FloodAbuseTests
{
    private const int User = 65534, Loads = 1000;

    [Fact]
    public async Task A_flood_of_one_user_takes_no_event_of_root()
    {
        Requires.Root();
        using var scratch = new Scratch();
        string events = scratch.File("events"), flooder = CProgram.Path("flood.c", "-lpthread"), storm = CProgram
            .Path("storm.c", "-lpthread");
        using Process watch = SkepBinary.Start("watch", "-j", "--cmd", "prog_load", "-o", events);
        Task<string?> watching = watch.StandardError.ReadLineAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.Contains(
            "watching",
            await watching.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Task<string> said = watch.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using Process flood = Tool.Start(flooder, $"{User}", "4");
        string answer;
        try
        {
            Assert.Equal("flooding", Tool.FirstLine(flood));
            Thread.Sleep(500);
            Tool.Run("timeout", "60", storm, "1", $"{Loads}");
            flood.StandardInput.Close();
            answer = Tool.FirstLine(flood);
            Thread.Sleep(1500);
            Tool.Run("kill", "-INT", $"{watch.Id}");
            Assert.True(watch.WaitForExit(TimeSpan.FromSeconds(60)), "the watch did not end");
        }
        finally
        {
            if (!flood.HasExited) flood.Kill();
            if (!watch.HasExited) watch.Kill();
        }

        JsonElement[] all = SkepBinary.Events(events);
        var watched = new Watched(new Outcome(watch.ExitCode, "", await said), all);
        JsonElement[] loads = [.. watched.Of("prog_load")], lost = [.. watched.Of("left_out")];
        JsonElement[] roots = [.. loads.Where(e => e.Text("exe") == storm)];
        Assert.Equal(Loads, roots.Length);
        Assert.All(roots, e => Assert.Equal("proven", e.GetProperty("prog").Text("capture")));

        // captured + lost = made, of the user and of all.
        long reported = loads.Count(e => e.Number("uid") == User), leftOut = lost.Where(e => e.Number("uid") == User)
            .Sum(e => e.Number("count") ?? 0);
        Assert.True(leftOut > 0, "the flood was no flood");
        Assert.Equal(Json.Parse(answer).Number("made"), reported + leftOut);
        Assert.Equal(watched.Lost, lost.Sum(e => e.Number("count") ?? 0));
        Assert.Contains(
            $"{watched.Lost} lost ({watched.Lost} of them over what users without CAP_BPF may take)",
            watched.Outcome.Error,
            StringComparison.Ordinal);
    }
}
