using System.Diagnostics;

namespace Skep.Testing.Tests;

/// <summary>A run whose tests leave something behind fails, and lists it.</summary>
public sealed class LeakCheckTests
{
    // Held, so that no finalizer removes what is left behind before the check.
    private static readonly List<object> Held = [];

    [Fact(Explicit = true)]
    public void Leaves_a_scratch_directory() => Held.Add(new Scratch());

    [Fact(Explicit = true)]
    public void Leaves_a_child_process() => Held.Add(Process.Start("sleep", "30"));

    [Fact(Explicit = true)]
    public void Leaves_a_descriptor() => Held.Add(File.OpenHandle("/proc/self/ns/net"));

    [Theory]
    [InlineData(nameof(Leaves_a_scratch_directory), "scratch directory /tmp/skep-test-")]
    [InlineData(nameof(Leaves_a_child_process), ": sleep 30")]
    [InlineData(nameof(Leaves_a_descriptor), ": net:[")]
    public void What_is_left_behind_is_listed(string test, string listed)
    {
        Outcome run = InnerRun.Of(test);
        Assert.NotEqual(0, run.Code);
        Assert.Contains("the tests leave behind:", run.Output, StringComparison.Ordinal);
        Assert.Contains(listed, run.Output, StringComparison.Ordinal);
        Assert.Contains("Failed: 0", run.Output, StringComparison.Ordinal);
    }
}

/// <summary>The same of what only root can make.</summary>
[Trait("level", "kernel")]
public sealed class LeakCheckKernelTests
{
    [Fact(Explicit = true)]
    public void Leaves_a_network_namespace() => _ = new TestNamespace();

    [Fact]
    public void A_network_namespace_that_is_left_behind_is_listed()
    {
        Requires.Root();
        Outcome run = InnerRun.Of(nameof(Leaves_a_network_namespace));
        string path = Assert.Single(
            run.Output.Split('\n'), line => line.Trim().StartsWith("/run/netns/skep-test-", StringComparison.Ordinal)).Trim();
        Tool.Run("ip", "netns", "del", Path.GetFileName(path));
        Assert.NotEqual(0, run.Code);
    }
}
