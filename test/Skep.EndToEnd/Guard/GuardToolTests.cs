using System.Text.Json;
using Skep.EndToEnd.Support;
using Skep.EndToEnd.Watch;

namespace Skep.EndToEnd.Guard;

/// <summary>
/// The policies that are shipped, and learned ones, on what tools of the distribution and offensive programs really load.
/// </summary>
[Collection(nameof(RealTools))]
[Trait("level", "kernel")]
public sealed class GuardToolTests(RealTools tools)
{
    public static TheoryData<string> Offensive => [.. OffensivePrograms.All.Select(each => each.Name)];

    [Theory, MemberData(nameof(RealTools.Titles), MemberType = typeof(RealTools))]
    public void Server_denies_nothing_of_the_distributions_tools(string title)
    {
        using var scratch = new Scratch();
        JsonElement[] events = tools.Of(title).Watched.Events, decided = Test(scratch, Shipped("server"), events);
        Assert.Equal(events.Length, decided.Length);
        Assert.DoesNotContain(decided, e => e.Text("decision") is "deny" or "alert");

        // In which user namespace a socket filter was loaded is not recorded.
        Assert.All(decided.Where(e => e.Text("decision") == "undecided"),
            e => Assert.Equal("user_namespace", Assert.Single(e.GetProperty("missing").EnumerateArray()).GetString()));
    }

    [Theory, MemberData(nameof(RealTools.Titles), MemberType = typeof(RealTools))]
    public void A_learned_policy_denies_nothing_that_it_was_learned_from(string title)
    {
        using var scratch = new Scratch();
        JsonElement[] events = tools.Of(title).Watched.Events;
        string policy = Learn(scratch, events);
        JsonElement[] decided = Test(scratch, policy, events);
        Assert.Equal(events.Length, decided.Length);
        Assert.All(decided, e => Assert.True(e.Text("decision") is "allow" or "not-covered", e.GetRawText()));
    }

    [Fact]
    public void A_policy_that_is_learned_of_one_tool_denies_another()
    {
        using var scratch = new Scratch();
        string policy = Learn(scratch, tools.Of("execsnoop").Watched.Events);
        JsonElement[] decided = Test(scratch, policy, tools.Of("tcpconnect").Watched.Events);
        Assert.Contains(decided, e => e.Text("decision") == "deny");
        Assert.DoesNotContain(decided, e => e.Text("decision") == "allow");
    }

    [Theory, MemberData(nameof(Offensive))]
    public void Server_denies_offensive_programs_by_what_they_are(string name)
    {
        string? message = OffensivePrograms.All.First(each => each.Name == name).Message;
        using var scratch = new Scratch();
        JsonElement[] events = Load(Tool.Bpftool, name);
        JsonElement[] loads = LoadsOf(Test(scratch, Shipped("server"), events), events);
        Assert.NotEmpty(loads);
        Assert.All(loads, load => Assert.Equal(message is null ? "allow" : "deny", load.Text("decision")));
        if (message is not null)
            Assert.All(loads, load => Assert.StartsWith(message, load.Text("message"), StringComparison.Ordinal));
        Assert.All(LoadsOf(Test(scratch, Shipped("lockdown"), events), events), load => Assert.Equal("deny", load.Text("decision")));
    }

    [Theory, MemberData(nameof(Offensive))]
    public void Server_denies_offensive_programs_of_others_whatever_they_are(string name)
    {
        using var scratch = new Scratch();
        string loader = scratch.File("loader");
        File.Copy(Tool.Bpftool, loader);
        JsonElement[] events = Load(loader, name);
        Assert.All(LoadsOf(Test(scratch, Shipped("server"), events), events), load => Assert.Equal("deny", load.Text("decision")));
        Assert.All(
            LoadsOf(Test(scratch, Shipped("observe"), events), events), load => Assert.Equal("alert", load.Text("decision")));
    }

    [Fact]
    public void What_xdp_tools_do_is_learned_and_permitted()
    {
        Requires.Installed("xdp-filter");
        using var network = new TestNetwork();
        using var scratch = new Scratch();
        JsonElement[] events = SkepBinary.Watch("--insns", "ip", "netns", "exec", network.Name, "sh", "-c",
            "mount -t bpf bpf /sys/fs/bpf; xdp-filter load v0 -m skb; xdp-filter port 80; xdp-filter unload v0; xdp-loader status").Events;
        Assert.Contains(events, e => e.Text("cmd") == "prog_load");
        Assert.DoesNotContain(Test(scratch, Shipped("server"), events), e => e.Text("decision") is "deny" or "alert");
        Assert.All(Test(scratch, Learn(scratch, events), events), e => Assert.True(e.Text("decision") is "allow" or "not-covered"));
    }

    private static string Shipped(string name) => Repository.File($"packaging/guard/{name}.toml");

    // The events of loading an object; a load that the kernel refuses is one too.
    private static JsonElement[] Load(string loader, string name)
    {
        Requires.Installed("bpftool");
        string pin = $"/sys/fs/bpf/offensive-{Environment.ProcessId}";
        try
        {
            return SkepBinary.Watch("--insns", loader, "prog", "load", OffensivePrograms.Object(name), pin).Events;
        }
        finally
        {
            File.Delete(pin);
        }
    }

    private static string Learn(Scratch scratch, JsonElement[] events)
    {
        string policy = scratch.File("learned.toml");
        Tool.Run(SkepBinary.Path, "guard", "learn", "--events", Write(scratch, events), "-o", policy);
        Assert.Contains("policy learned, ", Tool.Run(SkepBinary.Path, "guard", "check", policy), StringComparison.Ordinal);
        return policy;
    }

    private static JsonElement[] Test(Scratch scratch, string policy, JsonElement[] events)
    {
        string output = Tool.Run(SkepBinary.Path, "guard", "test", policy, "--events", Write(scratch, events), "-j");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];
    }

    private static string Write(Scratch scratch, JsonElement[] events) =>
        scratch.Write("events.json", string.Concat(events.Select(e => e.GetRawText() + "\n")));

    // Of the program itself, not of libbpf's probes.
    private static JsonElement[] LoadsOf(JsonElement[] decided, JsonElement[] events) =>
    [
        .. decided.Zip(events).Where(pair => pair.Second.Text("cmd") == "prog_load"
            && pair.Second.GetProperty("prog").GetProperty("name").GetString() is "block" or "hide" or "hunt" or "keys")
            .Select(pair => pair.First),
    ];
}
