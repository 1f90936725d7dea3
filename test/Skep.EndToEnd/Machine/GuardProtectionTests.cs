using System.Globalization;
using System.Text.Json;
using Skep.Bpf;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>What policies protect, guard itself too, and callers that come another way.</summary>
[Trait("level", "machine")]
public sealed class GuardProtectionTests
{
    private const string Pins = "/sys/fs/bpf/protected", Group = "/sys/fs/cgroup/protected", Nothing = "[policy]\nname = \"nothing\"\n";
    private const int Tracing = 26, Lsm = 29, OverrideReturn = 58, SendSignal = 109, Kprobe = 2;

    private static readonly string[] Changes =
    [
        $"bpftool map update pinned {Pins}/map key 0 0 0 0 value 1 0 0 0", $"bpftool link detach pinned {Pins}/link",
        $"bpftool cgroup detach {Group} egress pinned {Pins}/attached", $"mv {Pins}/map {Pins}/other", $"rm {Pins}/map", $"rm -r {Pins}",
    ];

    [Fact]
    public void Protected_objects_are_changed_by_nobody_else()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        Tool.Shell($"mkdir -p {Pins} {Group} && bpftool map create {Pins}/map type array key 4 value 4 entries 1 name precious");
        Assert.True(GuardMachine.IsLoaded("cgroup", Group, Pins));
        try
        {
            guard.Apply("nothing", Nothing);
            guard.Apply("protected", $"""
                [policy]
                name = "protected"

                [protect]
                maps = "precious"
                programs = ["{Pins}/linked", "{Pins}/attached"]
                pins = "{Pins}"
                """);
            Complaints.None(Changes.Where(change => Tool.Try("sh", "-c", change).Code == 0));
            Assert.Contains("0", Tool.Run(SkepBinary.Path, "map", "dump", "name", "precious"), StringComparison.Ordinal);
            Assert.True(GuardMachine.IsLoaded("load", "5"));
            Assert.Contains(GuardMachine.Log(), d => d.Text("cmd") == "link_detach"
                && d.Text("reason")!.Contains("protected", StringComparison.Ordinal));
            Tool.Run(SkepBinary.Path, "guard", "remove");
            Complaints.None(Changes.Except([Changes[3], Changes[4]]).Where(change => Tool.Try("sh", "-c", change).Code != 0));
        }
        finally
        {
            Tool.Try(SkepBinary.Path, "guard", "remove");
            Tool.Try("sh", "-c", $"rm -rf {Pins}; rmdir {Group}");
        }
    }

    [Fact]
    public void Nobody_replaces_functions_of_guard_nor_gets_its_maps_where_it_fails_closed()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        guard.Apply("closed", $"{Nothing}fail = \"closed\"\n");
        Assert.False(GuardMachine.IsLoaded("replace", Id(JudgeOfLoads())));
        JsonElement[] maps = [.. Listed("map").Where(map => map.Text("name") is "scratches" or "control" or "records" or "rows")];
        Assert.Equal(4, maps.Length);
        Assert.All(maps, map => Assert.False(GuardMachine.IsLoaded("open", Id(map))));

        guard.Apply("open", Nothing);
        Assert.False(GuardMachine.IsLoaded("replace", Id(JudgeOfLoads())));
        Assert.True(GuardMachine.IsLoaded("open", Id(Listed("map").Last(map => map.Text("name") == "scratches"))));
    }

    [Fact]
    public void Nobody_switches_ftrace_off_where_policies_fail_closed()
    {
        const string denied = "7";
        string off = "echo 0 >/proc/sys/kernel/ftrace_enabled";
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        guard.Apply("closed", $"{Nothing}fail = \"closed\"\n\n[[rule]]\naction = \"deny\"\nhelper = \"bpf_get_prandom_u32\"\n");
        Assert.NotEqual(0, Tool.Try("sh", "-c", off).Code);
        Assert.Contains("1", File.ReadAllText("/proc/sys/kernel/ftrace_enabled"), StringComparison.Ordinal);
        Tool.Shell("cat /proc/sys/kernel/ostype >/dev/null; echo 1 >/proc/sys/kernel/panic_on_oops");
        string link = Assert.Single(Directory.GetFiles("/sys/fs/bpf/skep_guard", "link_skep_sysctl", SearchOption.AllDirectories));
        Assert.NotEqual(0, Tool.Try("bpftool", "link", "detach", "pinned", link).Code);
        Assert.False(GuardMachine.IsLoaded("load", denied));
        Tool.Run(SkepBinary.Path, "guard", "remove");
        Assert.True(GuardMachine.IsLoaded("load", denied));
    }

    [Fact]
    public void The_built_in_policy_denies_what_could_make_guard_blind_and_reports_what_could_end_skep()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        Btf kernel = Btf.LoadKernel();
        string[] onLoads = At(Lsm, BpfAttachType.LsmMac, "bpf_lsm_bpf_prog_load"),
            onFiles = At(Lsm, BpfAttachType.LsmMac, "bpf_lsm_file_open"),
            inFront = At(Tracing, BpfAttachType.ModifyReturn, "security_bpf"),
            overriding = ["load", $"{OverrideReturn}", $"{Kprobe}"], signal = ["load", $"{SendSignal}", $"{Kprobe}"];
        guard.Apply("nothing", Nothing);
        Assert.False(GuardMachine.IsLoaded(onLoads));
        Assert.False(GuardMachine.IsLoaded(inFront));
        Assert.True(GuardMachine.IsLoaded(onFiles));
        Assert.False(GuardMachine.IsLoaded(overriding));
        Assert.True(GuardMachine.IsLoaded(signal));
        Assert.Equal(
            ["deny built-in 1", "deny built-in 1", "deny built-in 2", "alert built-in 3"],
            GuardMachine.Log().TakeLast(4).Select(d => $"{d.Text("decision")} {d.Text("policy")} {d.Number("rule")}"));
        guard.Apply("nothing", Nothing, "--no-built-in");
        Assert.True(GuardMachine.IsLoaded(onLoads));

        string[] At(int type, BpfAttachType attach, string function)
        {
            Assert.True(kernel.TryFind(function, BtfKind.Func, out BtfType found), function);
            return ["at", $"{type}", $"{(int)attach}", found.Id.ToString(CultureInfo.InvariantCulture)];
        }
    }

    [Fact]
    public void Loads_from_inside_the_kernel_and_by_a_token_are_judged()
    {
        GuardMachine.IsRequired();
        using var guard = new GuardMachine();
        guard.Apply("ways", """
            [policy]
            name = "ways"

            [[rule]]
            action = "deny"
            on = "prog_load"
            prog_name = "prog_inside"

            [[rule]]
            action = "deny"
            on = "prog_load"
            token = true
            user_namespace = "other"
            uid = 1000
            """);
        Assert.NotEqual(0, Tool.Try(Built.Beyond, "light").Code);
        JsonElement answer = Json.Parse(Tool.Run(Built.Token, "1000"));
        Assert.True(answer.Number("token") > 0 && answer.Number("map") > 0, answer.GetRawText());
        Assert.Equal(-1, answer.Number("prog"));
        Assert.Equal(
            ["1 beyond prog_inside 0", "2 token by_token 1000"],
            GuardMachine.Log().TakeLast(2).Select(
                d => $"{d.Number("rule")} {d.Text("comm")} {d.Text("prog.name")} {d.Number("uid")}"));
    }

    // LSM, or fmod_ret, where the name may be cut.
    private static JsonElement JudgeOfLoads() => Listed("prog").Single(program => program.Text("name") is { } name
        && (name == "skep_prog_load" || name.StartsWith("skep_mod_prog_l", StringComparison.Ordinal)));

    private static JsonElement[] Listed(string kind) => [.. Json.Parse(Tool.Run(SkepBinary.Path, kind, "list", "-j")).EnumerateArray()];

    private static string Id(JsonElement listed) => listed.Number("id")!.Value.ToString(CultureInfo.InvariantCulture);
}
