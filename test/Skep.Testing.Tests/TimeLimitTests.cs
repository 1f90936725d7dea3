using System.Diagnostics;

namespace Skep.Testing.Tests;

/// <summary>No test waits for ever: the watchdog of all test projects.</summary>
public sealed class TimeLimitTests
{
    [Fact(Explicit = true)]
    [TimeLimit(1)]
    public void Waits_for_a_process_that_does_not_end() => Tool.Try("sleep", "100");

    [Fact]
    public void A_test_that_waits_too_long_fails_by_name()
    {
        var clock = Stopwatch.StartNew();
        Outcome run = InnerRun.Of(nameof(Waits_for_a_process_that_does_not_end));
        Assert.Equal(1, run.Code);
        Assert.Contains("Waits_for_a_process_that_does_not_end exceeded its time limit of 1 s", run.Output, StringComparison.Ordinal);
        Assert.Contains("exceeded its time limit", run.Error, StringComparison.Ordinal);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), run.Output);
    }
}
