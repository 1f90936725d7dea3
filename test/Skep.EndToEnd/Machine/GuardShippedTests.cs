using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>The policies that are shipped, in the kernel.</summary>
[Trait("level", "machine")]
public sealed class GuardShippedTests : IDisposable
{
    private const string Bpftool = "/usr/sbin/skep-test-bpftool", Guarded = "/usr/lib/systemd/skep-test-guarded";
    private const int Kprobe = 2, WriteUser = 36, OverrideReturn = 58, SendSignal = 109, Time = 5;

    [Fact]
    public void Server_lets_the_distributions_tools_load_and_nobody_elses()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        Install();
        Apply("server");
        Tool.Run(Bpftool, "prog", "load", Built.RingbufSubmitObject, "/sys/fs/bpf/shipped");
        Tool.Run("rm", "/sys/fs/bpf/shipped");
        Assert.DoesNotContain(GuardMachine.Log(), d => d.Text("exe") == Bpftool);

        Assert.False(GuardMachine.IsLoaded("load", $"{Time}"));
        int[] offensive = [WriteUser, OverrideReturn, SendSignal];
        Assert.DoesNotContain(offensive, helper => GuardMachine.IsLoadedBy(Guarded, "load", $"{helper}", $"{Kprobe}"));
        Assert.True(GuardMachine.IsLoadedBy(Guarded, "load", $"{Time}", $"{Kprobe}"));
        Assert.All(
            GuardMachine.Log().TakeLast(3),
            d => Assert.Equal(("deny", "server"), (d.Text("decision"), d.Text("policy"))));
    }

    [Fact]
    public void Observe_denies_nothing_and_reports_what_is_dangerous()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        Apply("observe");
        Assert.True(GuardMachine.IsLoaded("load", $"{SendSignal}", $"{Kprobe}"));
        JsonElement last = GuardMachine.Log()[^1];
        Assert.Equal(("alert", "observe"), (last.Text("decision"), last.Text("policy")));
    }

    [Fact]
    public void Lockdown_lets_nothing_new_in_and_skep_end_it()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        Apply("lockdown");
        Assert.False(GuardMachine.IsLoaded("load", $"{Time}"));
        Assert.False(GuardMachine.IsLoaded("map", "2"));
        Tool.Run(SkepBinary.Path, "guard", "remove");
        Assert.True(GuardMachine.IsLoaded("load", $"{Time}"));
    }

    [Fact]
    public void Container_host_denies_what_is_in_a_container()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        Install();
        Apply("container-host");
        string id = new('a', 64), group = $"/sys/fs/cgroup/system.slice/docker-{id}.scope";
        Tool.Shell($"mkdir -p {group}");
        Assert.True(GuardMachine.IsLoadedBy(Guarded, "load", $"{Time}"));
        Assert.False(GuardMachine.IsLoadedIn($"echo $$ >{group}/cgroup.procs", Guarded, "load", $"{Time}"));
        Assert.Contains("container", GuardMachine.Log()[^1].Text("message"), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        File.Delete(Bpftool);
        File.Delete(Guarded);
    }

    // Where the distribution has its own.
    private static void Install() => Tool.Shell(
        $"mkdir -p /usr/sbin /usr/bin /usr/libexec /usr/lib/systemd; cp $(command -v bpftool) {Bpftool}; cp {Built.Guarded} {Guarded}");

    private static void Apply(string name) => Tool.Run(SkepBinary.Path, "guard", "apply", Repository.File($"packaging/guard/{name}.toml"));
}
