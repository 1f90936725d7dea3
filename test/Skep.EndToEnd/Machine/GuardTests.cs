using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;
using Skep.Isa;

namespace Skep.EndToEnd.Machine;

/// <summary>Policies that the kernel enforces.</summary>
[Trait("level", "machine")]
public sealed class GuardTests
{
    // Helpers of every kernel, by number, each for a rule of its own.
    private const string Time = "5", Random = "7", Cpu = "8", Pid = "14", Node = "42", Coarse = "160", Jiffies = "118", BootTime = "125";
    private const string ArrayMap = "2", LruMap = "9";
    private const int Kills = 10;

    private static string Rules => $"""
        [policy]
        name = "scene"

        [[rule]]
        action = "deny"
        on = ["prog_load"]
        helper = "bpf_get_prandom_u32"
        message = "no dice"

        [[rule]]
        action = "deny"
        on = ["prog_load"]
        sha256 = "{DigestOfLoad(8)}"

        [[rule]]
        action = "deny"
        on = ["prog_load"]
        helper = "bpf_get_numa_node_id"
        insn_cnt = "7-"

        [[rule]]
        action = "deny"
        on = ["prog_load"]
        helper = "bpf_ktime_get_coarse_ns"
        insn_cnt = 6
        not_capability = "CAP_BPF"

        [[rule]]
        action = "deny"
        on = ["prog_load"]
        helper = "bpf_get_current_pid_tgid"
        time = "00:00-24:00"
        user_namespace = "initial"
        uid = "0"

        [[rule]]
        action = "allow"
        on = ["prog_load"]
        helper = "bpf_jiffies64"
        exe = "{Built.Guarded}"

        [[rule]]
        action = "deny"
        on = ["prog_load"]
        helper = "bpf_jiffies64"

        [[rule]]
        action = "deny"
        on = ["prog_load"]
        helper = "bpf_ktime_get_boot_ns"
        cgroup = "/scene"

        [[rule]]
        action = "deny"
        on = ["map_create"]
        map_type = "lru_hash"
        """;

    [Fact]
    public void A_kernel_without_the_hooks_is_refused_by_a_reason()
    {
        Assert.SkipWhen(GuardMachine.IsPossible, "the machine cannot: it has the hooks, and the other tests run");
        using var files = new Scratch();
        Outcome outcome = SkepBinary.Run("guard", "apply", files.Write("scene.toml", Rules));
        Assert.Equal(3, outcome.Code);
        Assert.Contains("Linux 6.9 or later", outcome.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists("/sys/fs/bpf/skep_guard"));
    }

    [Fact]
    public void Each_condition_decides_what_it_is_about_and_nothing_else()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        guard.Apply("scene", Rules);
        Assert.Equal(
            "loaded: 5 42 160 118 125 map 2; denied: 7 8 14 map 9",
            Both([[Time], [Random], [Cpu], [Pid], [Node], [Coarse], [Jiffies], [BootTime], ["map", ArrayMap], ["map", LruMap]]));
        Assert.True(GuardMachine.IsLoaded("load32", Time));
        Assert.False(GuardMachine.IsLoaded("load32", Random));
        Assert.False(GuardMachine.IsLoadedIn("echo $$ >/sys/fs/cgroup/scene/cgroup.procs", Built.Guarded, "load", BootTime));

        // Another file is not the executable of the rule, whatever path a mount gives it.
        using var copy = new Scratch();
        File.Copy(Built.Guarded, copy.File("copy"));
        Assert.False(GuardMachine.IsLoadedBy(copy.File("copy"), "load", Jiffies));
        Assert.False(GuardMachine.IsLoadedIn(
            $"unshare -m sh -c 'mount --bind {copy.File("copy")} {Built.Guarded}; exec {Built.Guarded} load {Jiffies}'; exit",
            Built.Guarded));

        JsonElement denied = GuardMachine.Log().Last(
            d => d.Text("prog.name") == "guarded" && d.Number("rule") == 1 && d.Number("prog.insn_cnt") == 6);
        Assert.Equal(
            ("deny", "prog_load", "scene", "no dice", "guarded", 6L),
            (denied.Text("decision"), denied.Text("cmd"), denied.Text("policy"), denied.Text("message"), denied.Text("comm"),
                denied.Number("prog.insn_cnt")));
        Assert.Equal(DigestOfLoad(7), denied.Text("prog.sha256"));
    }

    [Fact]
    public void A_thread_that_rewrites_the_buffer_gets_nothing_in()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        guard.Apply("scene", Rules);
        string result = Tool.Run(Built.Guarded, "race", Random, Time, "1000").Trim();
        Assert.Matches("^[1-9][0-9]* loaded, [1-9][0-9]* denied, 0 wrong$", result);
    }

    [Fact]
    public void Policies_are_replaced_while_programs_are_loaded_and_none_slips_through()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        guard.Apply("scene", Rules);
        using var storm = new GuardedStorm(Random, Time);
        for (int i = 0; i < 3; i++) guard.Apply($"again{i}", Rules.Replace("no dice", $"no dice, {i}", StringComparison.Ordinal));
        storm.AssertNoneSlippedThrough();
        JsonElement[] generations = [.. Json.Parse(Tool.Run(SkepBinary.Path, "guard", "show",
            "-j")).At("generations")!.Value.EnumerateArray()];
        Assert.Single(generations);
    }

    [Fact]
    public void Policies_that_fail_closed_stay_when_their_files_are_removed_and_end_by_the_command_only()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        guard.Apply("closed", Rules.Replace("name = \"scene\"", "name = \"scene\"\nfail = \"closed\"", StringComparison.Ordinal));
        Tool.Shell("rm -rf /run/skep");
        Assert.NotEqual(0, Tool.Try("rm", "-rf", "/sys/fs/bpf/skep_guard").Code);
        string[] refused =
            ["umount /sys/fs/bpf", "umount -l /sys/fs/bpf", "umount -l /sys", "mv /sys/fs/bpf/skep_guard /sys/fs/bpf/other"];
        Complaints.None(refused.Where(command => Tool.Try("sh", "-c", command).Code == 0));
        Tool.Shell("mkdir -p /tmp/free && mount -t tmpfs tmpfs /tmp/free && umount -l /tmp/free");
        Assert.False(GuardMachine.IsLoaded("load", Random));
        Assert.Contains("texts of its policies are lost", Tool.Run(SkepBinary.Path, "guard", "show"), StringComparison.Ordinal);
        Tool.Run(SkepBinary.Path, "guard", "remove");
        Assert.True(GuardMachine.IsLoaded("load", Random));
    }

    [Fact]
    public void Policies_that_are_not_confirmed_end_and_those_before_stay()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        guard.Apply("scene", Rules);
        Tool.Shell("bpftool map create /sys/fs/bpf/waiting type array key 4 value 4 entries 1 name waiting");
        string[] change = ["map", "update", "pinned", "/sys/fs/bpf/waiting", "key", "0", "0", "0", "0", "value", "1", "0", "0", "0"];
        guard.Apply("more", $"""
            [policy]
            name = "more"

            [protect]
            maps = "waiting"
            pins = "/sys/fs/bpf/waiting"

            [[rule]]
            action = "deny"
            helper = "bpf_ktime_get_ns"
            """, "--confirm", "10s");
        Assert.False(GuardMachine.IsLoaded("load", Time));
        Assert.NotEqual(0, Tool.Try("bpftool", change).Code);
        Tool.Until(() => GuardMachine.IsLoaded("load", Time), "the policies before");
        Tool.Run("bpftool", change);
        Tool.Run("rm", "/sys/fs/bpf/waiting");
        Assert.False(GuardMachine.IsLoaded("load", Random));
        Outcome late = SkepBinary.Run("guard", "confirm");
        Assert.Equal(1, late.Code);
        Assert.Contains("too late", late.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_denies_everything_is_applied_confirmed_and_removed()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        guard.Apply("all", "[policy]\nname = \"all\"\ndefault = \"deny\"\nfail = \"closed\"\n", "--confirm", "100s");
        Assert.False(GuardMachine.IsLoaded("load", Time));
        Tool.Run(SkepBinary.Path, "guard", "confirm");
        JsonElement applied = Assert.Single(
            Json.Parse(Tool.Run(SkepBinary.Path, "guard", "show", "-j")).At("generations")!.Value.EnumerateArray());
        Assert.False(applied.Has("seconds_left"));
        Assert.False(GuardMachine.IsLoaded("load", Time));
        Assert.False(GuardMachine.IsLoaded("map", ArrayMap));
        Assert.NotEqual(0, Tool.Try("rm", "-rf", "/sys/fs/bpf/skep_guard").Code);
        Assert.False(GuardMachine.IsLoaded("load", Time));
        Tool.Run(SkepBinary.Path, "guard", "remove");
        Assert.True(GuardMachine.IsLoaded("load", Time));
    }

    /// <summary>It is killed at points of the time that one takes.</summary>
    [Fact]
    public void An_apply_that_is_killed_or_finds_the_disk_full_leaves_what_decided_before()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        using var files = new Scratch();
        var clock = Stopwatch.StartNew();
        guard.Apply("scene", Rules);
        TimeSpan whole = clock.Elapsed;
        string other = files.Write("other.toml", Rules.Replace("no dice", new string('x', 100_000), StringComparison.Ordinal));
        Tool.Shell("mount -t tmpfs -o size=64k,mode=700 tmpfs /run/skep/guard");
        Outcome full = SkepBinary.Run("guard", "apply", other);
        Tool.Shell("umount /run/skep/guard");
        Assert.Equal(1, full.Code);
        Assert.Contains("No space left on device", full.Error, StringComparison.Ordinal);
        Assert.False(GuardMachine.IsLoaded("load", Random));

        int killed = 0;
        for (int i = 0; i < Kills; i++)
        {
            using Process apply = Tool.Start("sh", ["-c", $"exec {SkepBinary.Path} guard apply {other} 2>/dev/null"]);
            if (!apply.WaitForExit(whole * i / Kills)) killed++;
            apply.Kill();
            apply.WaitForExit();
            Assert.False(GuardMachine.IsLoaded("load", Random));
            Assert.True(GuardMachine.IsLoaded("load", Time));
        }

        Assert.True(killed > 3, $"{killed} killed");
        guard.Apply("scene", Rules);
        Assert.Single(Json.Parse(Tool.Run(SkepBinary.Path, "guard", "show", "-j")).At("generations")!.Value.EnumerateArray());
    }

    [Fact]
    public void The_log_is_followed_and_the_code_kept()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        using var files = new Scratch();
        guard.Apply("scene", Rules);
        long last = GuardMachine.Log().Select(d => d.Number("number")!.Value).DefaultIfEmpty().Max();
        string command = $"exec {SkepBinary.Path} guard log -f -j -n {last + 2} --save {files.File("code")}";
        using Process follower = Tool.Start("sh", ["-c", $"{command} >{files.File("log")} 2>{files.File("said")}"]);
        string said = files.File("said");
        Tool.Until(() => File.Exists(said) && File.ReadAllText(said).Contains("following", StringComparison.Ordinal), "following", 60);
        Assert.False(GuardMachine.IsLoaded("load", Random));
        Assert.False(GuardMachine.IsLoaded("load", Cpu));
        Assert.True(follower.WaitForExit(TimeSpan.FromSeconds(60)));
        JsonElement[] followed = [.. File.ReadAllLines(files.File("log")).Select(Json.Parse)];
        Assert.Equal([1L, 2L], followed.TakeLast(2).Select(d => d.Number("rule")));
        string kept = files.File($"code/{DigestOfLoad(7)}.bin");
        Assert.Contains("call bpf_get_prandom_u32#7", Tool.Run(SkepBinary.Path, "prog", "dump", kept), StringComparison.Ordinal);
        Assert.Contains("decisions shown, 0 lost", File.ReadAllText(said), StringComparison.Ordinal);
    }

    [Fact]
    public void A_thousand_policies_are_replaced_under_a_storm_and_each_load_is_judged()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        using var files = new Scratch();
        string many = Directory.CreateDirectory(files.File("many")).FullName;
        foreach (int i in Enumerable.Range(0, 1000))
        {
            files.Write($"many/p{i}.toml",
                $"[policy]\nname = \"p{i}\"\n\n[[rule]]\naction = \"deny\"\nhelper = \"bpf_get_prandom_u32\"\nuid = [0, {i + 1}]\n");
        }

        guard.Apply("scene", Rules);
        using var storm = new GuardedStorm(Random, Time);
        Tool.Run(SkepBinary.Path, "guard", "apply", many);
        guard.Apply("scene", Rules);
        Tool.Run(SkepBinary.Path, "guard", "apply", many);
        storm.AssertNoneSlippedThrough();
        Assert.False(GuardMachine.IsLoaded("load", Random));
        Assert.Equal("p0", GuardMachine.Log()[^1].Text("policy"));
    }

    [Fact]
    public void The_kernel_decides_what_the_reference_decides_on_what_watch_recorded()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        using var files = new Scratch();
        string policy = files.Write("all.toml", Reported);
        guard.Apply("all", Reported);
        Watched seen = SkepBinary.Watch(
            "--insns", "sh", "-c",
            $"{Built.Calls} fail; {Built.Beyond} light; "
            + $"bpftool prog load {Built.RingbufSubmitObject} /sys/fs/bpf/compared; rm /sys/fs/bpf/compared; "
            + $"{Built.Guarded} load {Random}; {Built.Guarded} load32 {Time}; {Built.Guarded} map {LruMap}; "
            + $"{Built.Links} {Built.LinksObject}");
        string[] commands = ["prog_load", "map_create", "btf_load"];
        HashSet<long> processes = [.. seen.Events.Select(e => e.Number("pid")!.Value)];
        File.WriteAllLines(files.File("events"), seen.Events.Select(e => e.GetRawText()));
        string[] expected =
        [
            .. Tool.Run(SkepBinary.Path, "guard", "test", policy, "--events", files.File("events"), "-j")
                .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)
                .Where(d => commands.Contains(d.Text("cmd"))).Select(d =>
                    $"{d.Number("pid")} {d.Text("cmd")} {d.Text("decision")} rule {d.Number("rule")}"),
        ];
        string[] actual =
        [
            .. GuardMachine.Log().Where(d => processes.Contains(d.Number("pid")!.Value) && commands.Contains(d.Text("cmd")))
                .Select(d => $"{d.Number("pid")} {d.Text("cmd")} {d.Text("decision")} rule {d.Number("rule")}"),
        ];
        Assert.True(expected.Length > 20, string.Join('\n', expected));
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
    }

    // Each operation is reported, by the first rule that matches.
    private static string Reported => $"""
        [policy]
        name = "all"
        default = "alert"

        [[rule]]
        action = "alert"
        prog_type = ["tracepoint", "kprobe"]
        not_exe = "{Built.Guarded}"
        not_prog_name = "ring*"

        [[rule]]
        action = "alert"
        helper = ["bpf_get_prandom_u32", "bpf_probe_read_kernel"]

        [[rule]]
        action = "alert"
        insn_cnt = "3-5"
        unit = "*.service"

        [[rule]]
        action = "alert"
        insn_cnt = "3-5"
        cgroup = "/"

        [[rule]]
        action = "alert"
        prog_name = ["*d", "l*"]

        [[rule]]
        action = "alert"
        map_type = ["hash", "ringbuf", "lru_hash"]

        [[rule]]
        action = "alert"
        expected_attach_type = ["trace_fentry", "trace_fexit", "xdp", "cgroup_inet_egress"]

        [[rule]]
        action = "alert"
        on = ["pin", "btf_load"]
        uid = "0-10"
        """;

    private static string Both(string[][] scenes)
    {
        var results = scenes.Select(scene => (
            Words: string.Join(' ', scene), IsLoaded: GuardMachine.IsLoaded(scene.Length == 1 ? ["load", scene[0]] : scene))).ToList();
        return $"loaded: {string.Join(' ', results.Where(r => r.IsLoaded).Select(r => r.Words))}; "
            + $"denied: {string.Join(' ', results.Where(r => !r.IsLoaded).Select(r => r.Words))}";
    }

    // The program that `guarded load HELPER` loads.
    private static string DigestOfLoad(int helper)
    {
        Instruction[] code =
        [
            new(0xb7, 1, 0, 0, 0), new(0xb7, 2, 0, 0, 0), new(0xb7, 3, 0, 0, 0), new(0x85, 0, 0, 0, helper), new(0xb7, 0, 0, 0, 0),
            new(0x95, 0, 0, 0, 0),
        ];
        return Convert.ToHexStringLower(ProgramTag.Compute(code, TagHash.Sha256));
    }
}
