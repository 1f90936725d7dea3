using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Containers: processes in cgroups with the names that runtimes give theirs, and a file such as Docker keeps.</summary>
public sealed class ContainerTests : IDisposable
{
    private const string Docker = "/var/lib/docker";

    private readonly string _id = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()) + Convert.ToHexStringLower(
        Guid.NewGuid().ToByteArray());
    private readonly string _made = Directory.Exists(Docker) ? "" : Docker;

    public void Dispose()
    {
        if (_made.Length > 0 && Directory.Exists(_made)) Directory.Delete(_made, recursive: true);
        else if (Directory.Exists($"{Docker}/containers/{_id}")) Directory.Delete($"{Docker}/containers/{_id}", recursive: true);
    }

    [Fact]
    public void A_container_is_named_as_its_runtime_names_it()
    {
        using var cgroup = new TestCgroup($"-{_id}.scope");
        Name("web");
        JsonElement e = Watch(cgroup.Directory, "").Only("map_create");
        Assert.Equal((_id, "web", null), (e.Text("container"), e.Text("container_name"), e.Text("container_reason")));
    }

    [Fact]
    public void In_text_its_name_is_in_the_line()
    {
        using var cgroup = new TestCgroup($"-{_id}.scope");
        Name("web");
        string[] command = ["sh", "-c", Move(cgroup.Directory)];
        Outcome outcome = SkepBinary.Run(["watch", "--cmd", "map_create", "--", .. command]);
        Assert.Contains("  in web\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("container name        web\n", SkepBinary.Run(["watch", "-v", "--cmd", "map_create", "--", .. command]).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_within_it_that_takes_anothers_id_is_not_taken_for_that()
    {
        string victim = Convert.ToHexStringLower(new byte[32]);
        using var cgroup = new TestCgroup($"-{_id}.scope");
        string inner = Directory.CreateDirectory($"{cgroup.Directory}/docker-{victim}.scope").FullName;
        try
        {
            Name("web");
            JsonElement e = Watch(inner, "").Only("map_create");
            Assert.Equal((victim, null), (e.Text("container"), e.Text("container_name")));
            Assert.Equal("its cgroup was named within container web", e.Text("container_reason"));
            JsonElement outer = e.GetProperty("container_outer");
            Assert.Equal((_id, "web"), (outer.Text("container"), outer.Text("container_name")));
            Assert.Empty(Watch(inner, "--exclude container=web").Events);
            Assert.Single(Watch(inner, $"--exclude container={victim}").Of("map_create"));
            Assert.Single(Watch(inner, "--container web").Of("map_create"));
        }
        finally
        {
            Directory.Delete(inner);
        }
    }

    [Fact]
    public void What_a_user_may_name_is_not_taken_for_a_container_of_root()
    {
        using var delegated = new TestCgroup();
        string inner = Directory.CreateDirectory($"{delegated.Directory}/docker-{_id}.scope").FullName;
        try
        {
            Name("web");
            Tool.Run("chown", "65534", delegated.Directory);
            JsonElement e = Watch(inner, "").Only("map_create");
            Assert.Equal((_id, null, "its cgroup was named by uid 65534"),
                (e.Text("container"), e.Text("container_name"), e.Text("container_reason")));
            Assert.Single(Watch(inner, "--exclude container=*").Of("map_create"));
        }
        finally
        {
            Directory.Delete(inner);
        }
    }

    /// <summary>What rootless Podman does: a user root in a user namespace of his own, makes a cgroup below his.</summary>
    [Fact]
    public void A_rootless_container_is_the_users_who_named_it()
    {
        const string user = "1000";
        using var delegated = new TestCgroup();
        string scope = $"{delegated.Directory}/libpod-{_id}.scope", inside = $"{scope}/container";
        string move = $"mkdir -p {inside} && echo $$ >{inside}/cgroup.procs && id -u >&2 && "
            + $"exec {CProgram.Path("identity.c", "-lpthread")} plain";
        string[] command =
        [
            "sh", "-c", $"echo $$ >{delegated.Directory}/cgroup.procs && exec \"$@\"", "sh",
            "setpriv", "--reuid", user, "--regid", user, "--clear-groups", "unshare", "--user", "--map-root-user", "sh", "-c", move,
        ];
        try
        {
            Tool.Run("chown", user, delegated.Directory, $"{delegated.Directory}/cgroup.procs");
            Watched watched = SkepBinary.Watch("", command);
            JsonElement e = watched.Only("map_create"), said = Assert.Single(watched.Answers);
            Assert.Equal(("0", "EPERM"), (watched.Outcome.Error.Split('\n')[0], e.Text("error")));
            Assert.Equal((1000, said.Number("pid")), (e.Number("uid"), e.Number("pid")));
            Assert.Equal((_id, null, "its cgroup was named by uid 1000"),
                (e.Text("container"), e.Text("container_name"), e.Text("container_reason")));
            Assert.Equal($"{delegated.Path}/libpod-{_id}.scope/container", e.Text("cgroup"));
            Assert.Single(SkepBinary.Watch("--exclude container=*", command).Of("map_create"));
        }
        finally
        {
            foreach (string directory in (string[])[inside, scope])
                if (Directory.Exists(directory)) Directory.Delete(directory);
        }
    }

    [Fact]
    public void A_file_of_another_mount_namespace_names_nothing()
    {
        using var cgroup = new TestCgroup($"-{_id}.scope");
        string forged = $$"""{"ID":"{{_id}}","Name":"/forged"}""";
        string watch = $"mkdir -p {Docker}; mount -t tmpfs none {Docker}; mkdir -p {Docker}/containers/{_id}; "
            + $"echo '{forged}' >{Docker}/containers/{_id}/config.v2.json; "
            + $"exec {SkepBinary.Path} watch -j --cmd map_create -- sh -c '{Move(cgroup.Directory)}'";
        Outcome outcome = Tool.Try("unshare", "-m", "sh", "-c", watch);
        JsonElement e = Json.Parse(outcome.Output.Split('\n')[0]);
        Assert.Equal((_id, null), (e.Text("container"), e.Text("container_name")));
        if (Directory.Exists(Docker) && _made.Length > 0) Directory.Delete(Docker);
    }

    [Theory]
    [InlineData("--cgroup CGROUP", true)]
    [InlineData("--cgroup /nothing", false)]
    [InlineData("--exe identity*", true)]
    [InlineData("--exe /usr/bin/nothing", false)]
    [InlineData("--container ID", true)]
    [InlineData("--container web", true)]
    [InlineData("--container other", false)]
    [InlineData("--exclude cgroup=CGROUP", false)]
    [InlineData("--exclude container=web,uid=0", false)]
    [InlineData("--exclude container=web,uid=1", true)]
    [InlineData("--exclude container=web --exclude uid=1", false)]
    [InlineData("--cmd map", true)]
    [InlineData("--cmd load,attach", false)]
    [InlineData("--exclude cmd=map", false)]
    public void What_is_asked_for_is_shown(string options, bool shown)
    {
        using var cgroup = new TestCgroup($"-{_id}.scope");
        Name("web");
        options = options.Replace("CGROUP", cgroup.Path, StringComparison.Ordinal).Replace("ID", _id[..12], StringComparison.Ordinal);
        Assert.Equal(shown ? 1 : 0, Watch(cgroup.Directory, options).Of("map_create").Count());
    }

    private static string Move(string cgroup)
    {
        string program = CProgram.Path("identity.c", "-lpthread"), above = Path.GetDirectoryName(cgroup)!;
        return $"echo $$ >{cgroup}/cgroup.procs && {program} plain >/dev/null; echo $$ >{above}/cgroup.procs";
    }

    private static Watched Watch(string cgroup, string options) => SkepBinary.Watch(options, "sh", "-c", Move(cgroup));

    private void Name(string name)
    {
        Directory.CreateDirectory($"{Docker}/containers/{_id}");
        File.WriteAllText($"{Docker}/containers/{_id}/config.v2.json", $$"""{"ID":"{{_id}}","Name":"/{{name}}"}""");
    }
}
