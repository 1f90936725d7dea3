using System.Diagnostics;

namespace Skep.Isa.Tests;

/// <summary>No test waits for ever: the watchdog of all test projects.</summary>
public sealed class TimeLimitTests
{
    private const string Waiting = "*TimeLimitTests.Waits_for_a_process_that_does_not_end";

    [Fact(Explicit = true)]
    [TimeLimit(1)]
    public void Waits_for_a_process_that_does_not_end() => Tool.Try("sleep", "100");

    [Fact]
    public async Task A_test_that_waits_too_long_fails_by_name()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-noColor", "-explicit", "only", "-method", Waiting]) start.ArgumentList.Add(argument);
        var clock = Stopwatch.StartNew();
        using Process run = Process.Start(start)!;
        Task<string> error = run.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Waits_for_a_process_that_does_not_end exceeded its time limit of 1 s", output, StringComparison.Ordinal);
        Assert.Contains("exceeded its time limit", await error, StringComparison.Ordinal);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), output);
    }
}
