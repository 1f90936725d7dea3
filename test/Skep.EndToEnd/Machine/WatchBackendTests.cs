using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>The backends of <c>skep watch</c>: all that work here report the same, and the first two more.</summary>
[Trait("level", "machine"), Collection(nameof(BackendScenes))]
public sealed class WatchBackendTests(BackendScenes scenes)
{
    private const int Patience = 60;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_backend_reports_the_same(bool ofLinks)
    {
        Assert.SkipUnless(!ofLinks || Built.HasLinks, $"the machine cannot: the scene's uprobes name {Built.Links}, which it has not");
        string[] scene = ofLinks ? BackendScenes.Links : BackendScenes.Calls;
        Watched expected = scenes.Of("raw_tp", scene);
        string[] facts = Backends.Facts(expected.Events), counts = Backends.Counts(expected.Events);
        foreach (string backend in scenes.Whole)
        {
            Watched seen = scenes.Of(backend, scene);
            Assert.Equal(facts, Backends.Facts(seen.Events));
            Assert.Equal(counts, Backends.Counts(seen.Events));
            if (backend != "raw_tp") Complaints.None(Unproven(seen.Events));
        }
    }

    /// <summary>So that no test of the others is empty.</summary>
    [Fact]
    public void Backends_that_are_not_preempted_see_every_call() => Assert.Superset(
        new HashSet<string>(Backends.Complete), new HashSet<string>(scenes.Whole));

    [Fact]
    public void Backends_at_functions_see_what_no_system_call_shows()
    {
        Watched raw = scenes.Of("raw_tp", BackendScenes.Beyond);
        foreach (string backend in scenes.Whole.Where(name => name != "raw_tp"))
        {
            Watched seen = scenes.Of(backend, BackendScenes.Beyond);
            JsonElement[] more = [.. seen.Events.Where(e => IsSeenByFunctionsOnly(e, seen.Events))];
            Assert.Equal(Backends.Facts(raw.Events), Backends.Facts(seen.Events.Except(more)));
            bool hasUring = seen.Output.Contains("uring attached", StringComparison.Ordinal);
            Assert.Equal(
                [
                    "none map_create map_inside", "none prog_load prog_inside", "sendmsg rtm_setlink", "write rtm_setlink",
                    "writev rtm_setlink", "sendmmsg rtm_setlink", .. hasUring ? ["io_uring_enter so_attach_bpf"] : (string[])[],
                ],
                more.Select(e => $"{e.Text("syscall")} {e.Text("cmd")} {e.Text("map.name") ?? e.Text("prog.name")}".TrimEnd()));
            JsonElement inside = more.Single(e => e.Text("prog.name") == "prog_inside");
            Assert.Equal("proven", inside.Text("prog.capture"));
            Assert.Equal("b700000000000000" + "9500000000000000", Convert.ToHexStringLower(inside.Insns()));
            Assert.All(more.Where(e => e.Text("attach.how") == "netlink"), e => Assert.NotNull(e.Number("attach.prog_id")));
        }
    }

    [Fact]
    public void A_thread_that_rewrites_its_buffer_changes_nothing_in_what_is_captured()
    {
        foreach (string backend in scenes.Whole)
        {
            Watched seen = scenes.Of(backend, BackendScenes.Race);
            JsonElement[] loads = [.. seen.Of("prog_load")];
            string expected = string.Create(CultureInfo.InvariantCulture, $"raced {loads.Length} loads\n");
            Assert.True(
                seen.Output.Contains(expected, StringComparison.Ordinal),
                $"{backend}: no line {expected}{seen.Output}{seen.Outcome.Error}");
            if (backend == "raw_tp") Assert.Contains(loads, e => e.Text("prog.capture") != "proven");
            else Assert.All(loads, e => Assert.Equal(("proven", null), (e.Text("prog.capture"), e.Text("note"))));
        }
    }

    [Fact]
    public void A_storm_of_loads_is_proven_whole()
    {
        foreach (string backend in scenes.Whole)
            LoadStormTests.AssertProven(backend, scenes.Of(backend, BackendScenes.Loads), BackendScenes.Storm);
    }

    [Fact]
    public void The_best_backend_that_works_is_used()
    {
        Watched watched = SkepBinary.Watch("", "sh", "-ec", $"bpftool link list; {Built.Calls}").Succeeded();

        // By which the watch reads counts, where tracing programs other than raw tracepoints are accepted.
        if (Backends.Usable.Contains("fentry")) Assert.Contains("target_name bpf_map_elem", watched.Output, StringComparison.Ordinal);
        JsonElement doctor = Backends.Doctor;
        Assert.Equal(Backends.Complete.First(), doctor.At("tiers")!.Value.EnumerateArray().First(
            tier => tier.Number("tier") == doctor.Number("tier")).Text("backend"));
        Assert.All(watched.Events, e => Assert.Equal(doctor.Number("tier"), e.Number("tier")));
    }

    /// <summary>ftrace patches the kernel's functions to call trampolines.</summary>
    [Theory]
    [InlineData("fentry", 1)]
    [InlineData("kprobe", 2)]
    public void A_backend_that_is_lost_is_reported(string backend, int number)
    {
        Assert.SkipUnless(Backends.Usable.Contains(backend), $"the machine cannot: it has no backend {backend}");
        string switched = backend == "fentry" ? "/proc/sys/kernel/ftrace_enabled" : $"{MachineFacts.DebugFs}/kprobes/enabled";
        using var scratch = new Scratch();
        string errors = scratch.File("errors");
        using Process watch = Tool.Start(
            "sh", ["-c", $"exec {SkepBinary.Path} watch --backend {backend} -j -o {scratch.File("events")} --duration 60s 2>{errors}"]);
        try
        {
            Reports($"watching (backend {number})");

            // Linux 7.3 refuses (EOPNOTSUPP) while trampolines are called directly.
            string? refused = Switch(switched, "0");
            Assert.SkipWhen(refused is not null, $"the machine cannot: {refused}");
            try
            {
                Reports($"backend {number} no longer sees system calls");
            }
            finally
            {
                Assert.Null(Switch(switched, "1"));
            }

            Reports($"backend {number} sees system calls again");
        }
        finally
        {
            watch.Kill();
            watch.WaitForExit();
        }

        void Reports(string message) => Tool.Until(
            () => File.Exists(errors) && File.ReadAllText(errors).Contains(message, StringComparison.Ordinal), message, Patience);
    }

    private static string? Switch(string path, string value)
    {
        try
        {
            File.WriteAllText(path, value);
            return null;
        }
        catch (IOException e)
        {
            return e.Message;
        }
    }

    // A request in two buffers is seen whole at the kernel's functions; of the two that are sent by sendmsg, it is the second.
    private static bool IsSeenByFunctionsOnly(JsonElement e, JsonElement[] all) =>
        e.Text("syscall") is "none" or "write" or "writev" or "sendmmsg" or "io_uring_enter"
        || (e.Text("syscall") == "sendmsg" && e.Number("seq") == all.Last(other => other.Text("syscall") == "sendmsg").Number("seq"));

    // A type of program that the kernel does not know is refused before it copies the code.
    private static IEnumerable<string> Unproven(JsonElement[] events) =>
        from e in events
        from kind in new[] { "prog", "attach" }
        where e.Has($"{kind}.capture") && e.Text($"{kind}.capture") != "proven"
        where !(e.Has("error") && e.Text($"{kind}.capture_reason")!.Contains("before the kernel made a copy", StringComparison.Ordinal))
        select e.ToString();
}
