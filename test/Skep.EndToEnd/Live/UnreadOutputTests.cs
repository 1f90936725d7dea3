using System.Diagnostics;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Live;

/// <summary>Commands that go on until they are stopped, and a reader of their output that does not read.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class UnreadOutputTests(LiveScene scene) : IClassFixture<LiveScene>
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    public static TheoryData<string, string> Signals
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (
                string command in (string[])["top -j --interval 50ms", "watch -j", "filter stats TABLE -j --interval 50ms",
                    "filter log TABLE -j", "map watch pinned MAP -j --interval 50ms", "map tap pinned RING -j"])
                foreach (string signal in (string[])["TERM", "INT"]) data.Add(command, signal);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Signals))]
    public void A_signal_ends_it_though_its_pipe_is_full_and_nobody_reads(string command, string signal) =>
        EndsUnread($"head -c 65536 /dev/zero; exec '{SkepBinary.Path}' {string.Join(' ', scene.Arguments(command))}", signal);

    // As with 2>&1: what is said is held up as well.
    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public void A_signal_ends_it_though_its_messages_are_not_read_either(string signal) =>
        EndsUnread($"head -c 65536 /dev/zero; exec '{SkepBinary.Path}' top -j --interval 50ms 2>&1", signal, reports: false);

    private void EndsUnread(string script, string signal, bool reports = true)
    {
        scene.Begin();
        using Process skep = Tool.Start("bash", "-c", script);
        try
        {
            Task<string> said = skep.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);

            Tool.Until(() => skep.HasExited || IsHeldUp(skep.Id), "a command that waits for its reader");
            Tool.Run("kill", $"-{signal}", $"{skep.Id}");
            Assert.True(skep.WaitForExit(Bound), $"it goes on after {signal}");
            Assert.Equal(0, skep.ExitCode);
            if (reports) Assert.Contains("standard output was not read: the rest of it is dropped", said.Result, StringComparison.Ordinal);
        }
        finally
        {
            if (!skep.HasExited) skep.Kill(entireProcessTree: true);
        }
    }

    // Its main thread is in write(2), or in poll(2) before it, and it handles SIGTERM.
    private static bool IsHeldUp(int pid)
    {
        string caught = File.ReadLines($"/proc/{pid}/status").First(
            line => line.StartsWith("SigCgt:", StringComparison.Ordinal)).Split('\t')[1];
        return (Convert.ToUInt64(caught, 16) & (1UL << 14)) != 0 && File.ReadAllText($"/proc/{pid}/syscall").Split(' ')[0] is "1" or "7";
    }
}
