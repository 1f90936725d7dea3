using System.Text;
using System.Text.Json;
using Skep.EndToEnd.Support;
using Skep.Linux.Kernel;

namespace Skep.EndToEnd.Watch;

/// <summary>Who made a call, against what the process read of itself in /proc.</summary>
public sealed class IdentityTests
{
    private const string ContainerId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private static readonly string Program = "identity.c";

    [Theory]
    [InlineData("plain")]
    [InlineData("setuid")]
    [InlineData("memfd")]
    [InlineData("thread")]
    public void Is_what_proc_says(string kind)
    {
        Watched watched = SkepBinary.Watch("", CProgram.Path(Program, "-lpthread"), kind);
        AssertIdentity(watched);
        if (kind == "setuid") Assert.Equal("EPERM", watched.Only("map_create").Text("error"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_a_deleted_executable(bool hasAnotherName)
    {
        using var scratch = new Scratch();
        string copy = scratch.File("copy");
        File.Copy(CProgram.Path(Program, "-lpthread"), copy);
        if (hasAnotherName) Tool.Run("ln", copy, scratch.File("another"));
        Watched watched = SkepBinary.Watch("", copy, "unlink");
        Assert.Equal($"{copy} (deleted)", AssertIdentity(watched).Text("exe"));
    }

    [Fact]
    public void Of_another_network_namespace()
    {
        using var network = new TestNetwork();
        Watched watched = SkepBinary.Watch("", network.Inside(CProgram.Path(Program, "-lpthread"), "plain"));
        Assert.Equal(network.Inode, AssertIdentity(watched).Number("netns"));
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData(".service", "unit", null)]
    [InlineData($"-{ContainerId}.scope", "unit", ContainerId)]
    public void Of_a_cgroup(string suffix, string? unit, string? container)
    {
        using var cgroup = new TestCgroup(suffix);
        string move = $"echo $$ > {cgroup.Directory}/cgroup.procs && exec {CProgram.Path(Program, "-lpthread")} plain";
        JsonElement e = AssertIdentity(SkepBinary.Watch("", "sh", "-c", move), cgroup.Path);
        Assert.Equal(unit is null ? null : cgroup.Path[1..], e.Text("unit"));
        Assert.Equal(container, e.Text("container"));
    }

    [Fact]
    public void Of_the_parent_and_of_the_login()
    {
        bool canLogIn = File.Exists("/proc/self/loginuid") && Tool.Try("sh", "-c", "echo 1234 >/proc/self/loginuid").Code == 0;
        string logIn = canLogIn ? "echo 1234 >/proc/self/loginuid; " : "";
        string script = $"{logIn}printf 'a parent' >/proc/$$/comm; {CProgram.Path(Program, "-lpthread")} plain; true";
        JsonElement e = AssertIdentity(SkepBinary.Watch("", "sh", "-c", script));
        JsonElement parent = e.GetProperty("parent");
        Assert.Equal((e.Number("ppid"), "a parent"), (parent.Number("pid"), parent.Text("comm")));
        string login = canLogIn ? "1234" : KernelFile.Text("/proc/self/loginuid").Value ?? "";
        bool hasLogin = login.Length > 0 && login != $"{uint.MaxValue}";
        Assert.Equal(hasLogin ? login : null, e.TryGetProperty("loginuid", out JsonElement shown) ? $"{shown}" : null);
        Assert.Equal(Tool.Run("hostname").Trim(), e.Text("host"));
    }

    private static JsonElement AssertIdentity(Watched watched, string? cgroup = null)
    {
        Assert.Equal(0, watched.Code);
        JsonElement self = watched.Answers[0], e = watched.Only("map_create");
        foreach (string key in (string[])["pid", "tid", "ppid", "uid", "ret"]) Assert.Equal(self.Number(key), e.Number(key));
        Assert.Equal(self.Text("netns"), $"net:[{e.Number("netns")}]");
        Assert.Equal(Text(self, "exe"), e.Text("exe"));
        Assert.Equal(Text(self, "comm").TrimEnd('\n'), e.Text("comm"));
        // HIERARCHY:CONTROLLERS:PATH; where version 2 is not in use for the process, the pids controller's.
        string[][] lines = [.. Text(self, "cgroup").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':', 3))];
        string unified = lines.First(l => l[0] == "0")[2];
        string expected = unified != "/" ? unified : lines.FirstOrDefault(l => l[1] == "pids")?[2] ?? unified;
        Assert.Equal(expected, e.Text("cgroup"));
        if (cgroup is not null) Assert.Equal(cgroup, e.Text("cgroup"));
        return e;
    }

    private static string Text(JsonElement self, string key) => Encoding.UTF8.GetString(self.Bytes(key));
}
