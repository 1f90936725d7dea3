using System.Diagnostics;

namespace Skep.Testing.Tests;

/// <summary>A run whose tests leave something behind fails, and lists it.</summary>
public sealed class LeakCheckTests
{
    // Held, so that no finalizer removes what is left behind before the check.
    private static readonly List<object> Held = [];

    [Fact(Explicit = true)]
    public void Leaves_a_scratch_directory() => Held.Add(new Scratch());

    // Its output is a pipe of its own: whoever reads that of this process does not wait for it.
    [Fact(Explicit = true)]
    public void Leaves_a_child_process() =>
        Held.Add(Process.Start(new ProcessStartInfo("sleep", "30") { RedirectStandardOutput = true, RedirectStandardError = true })!);

    [Fact(Explicit = true)]
    public void Leaves_a_descriptor() => Held.Add(File.OpenHandle("/proc/self/ns/net"));

    // One run: each waits some seconds for what the kernel frees late.
    [Fact]
    public void What_is_left_behind_is_listed()
    {
        Outcome run = InnerRun.Of($"{nameof(LeakCheckTests)}.Leaves_*");
        Assert.NotEqual(0, run.Code);
        Assert.Contains("the tests leave behind:", run.Output, StringComparison.Ordinal);
        Assert.All(
            ["scratch directory /tmp/skep-test-", ": sleep 30", ": net:["],
            listed => Assert.Contains(listed, run.Output, StringComparison.Ordinal));
        Assert.Contains("Total: 3, Errors: 1, Failed: 0", run.Output, StringComparison.Ordinal);
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
