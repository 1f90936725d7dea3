using Skep.Linux.Containers;

namespace Skep.Linux.Tests.Containers;

/// <summary>Names of containers, from the files of a root that is made here.</summary>
public sealed class ContainerResolverTests : IDisposable
{
    private const string Id = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";
    private const string Inner = "9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d";
    private const string Scope = "/system.slice/docker-" + Id + ".scope";

    private const string CriNotes =
        """
        { "annotations": { "io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.container-name": "nginx",
          "io.kubernetes.cri.sandbox-name": "shop-7d4b", "io.kubernetes.cri.sandbox-namespace": "default" } }
        """;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("skep-host-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void Docker()
    {
        Make("/var/lib/docker/containers/" + Id + "/config.v2.json",
            $$"""{ "ID": "{{Id}}", "Name": "/web", "Config": { "Labels": {} } }""");
        ContainerIdentity found = Of(Scope);
        Assert.Equal((Id, "web", null, null, "web"), (found.Id, found.Names?.Name, found.Names?.Pod, found.Doubt, found.Words));
    }

    [Fact]
    public void Docker_in_another_directory()
    {
        Make("/etc/docker/daemon.json", """{ "data-root": "/srv/docker" }""");
        Make("/srv/docker/containers/" + Id + "/config.v2.json", $$"""{ "ID": "{{Id}}", "Name": "/web" }""");
        Assert.Equal("web", Of(Scope).Names?.Name);
    }

    [Fact]
    public void Docker_of_Kubernetes()
    {
        Make("/var/lib/docker/containers/" + Id + "/config.v2.json",
            $$"""
            { "ID": "{{Id}}", "Name": "/k8s_nginx_shop_default_1_0", "Config": { "Labels": { "io.kubernetes.container.name": "nginx",
              "io.kubernetes.pod.name": "shop", "io.kubernetes.pod.namespace": "default" } } }
            """);
        Assert.Equal("default/shop/nginx", Of(Scope).Words);
    }

    [Theory]
    [InlineData("/run/containerd/io.containerd.runtime.v2.task/k8s.io/")]
    [InlineData("/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/")]
    public void Containerd(string bundles)
    {
        Make(bundles + Id + "/config.json", CriNotes);
        ContainerNames? names = Of("/kubepods.slice/kubepods-pod2d3da189.slice/cri-containerd-" + Id + ".scope").Names;
        Assert.Equal(new ContainerNames("nginx", "shop-7d4b", "default"), names);
    }

    [Fact]
    public void A_sandbox_of_containerd_has_no_name_but_the_pods()
    {
        Make("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" + Id + "/config.json",
            """{ "annotations": { "io.kubernetes.cri.sandbox-name": "shop", "io.kubernetes.cri.sandbox-namespace": "default" } }""");
        Assert.Equal("default/shop", Of("/kubepods/pod1/" + Id).Words);
    }

    [Fact]
    public void Nerdctl()
    {
        Make("/run/containerd/io.containerd.runtime.v2.task/default/" + Id + "/config.json",
            """{ "annotations": { "nerdctl/name": "web" } }""");
        Assert.Equal("web", Of("/system.slice/nerdctl-" + Id + ".scope").Words);
    }

    [Fact]
    public void Crio()
    {
        Make("/run/containers/storage/overlay-containers/" + Id + "/userdata/config.json",
            """
            { "annotations": { "io.kubernetes.container.name": "nginx", "io.kubernetes.pod.name": "shop",
              "io.kubernetes.pod.namespace": "default" } }
            """);
        Assert.Equal("default/shop/nginx", Of("/kubepods.slice/crio-" + Id + ".scope").Words);
    }

    [Fact]
    public void Podman()
    {
        Make("/var/lib/containers/storage/overlay-containers/containers.json",
            $$"""[ { "id": "{{Inner}}", "names": ["other"] }, { "id": "{{Id}}", "names": ["web"] } ]""");
        Assert.Equal("web", Of("/machine.slice/libpod-" + Id + ".scope/container").Words);
    }

    [Theory]
    [InlineData("/lxc/web", "web")]
    [InlineData("/machine.slice/machine-web.scope", "web")]
    public void By_its_name(string cgroup, string name) => Assert.Equal(name, Of(cgroup).Words);

    [Fact]
    public void Without_files_it_has_no_names_until_they_are_there()
    {
        ContainerResolver resolver = Resolver(Scope);
        Assert.Null(resolver.Of(Scope)!.Names);
        Assert.Equal("3726184226f5", resolver.Of(Scope)!.Words);
        Make("/var/lib/docker/containers/" + Id + "/config.v2.json", $$"""{ "ID": "{{Id}}", "Name": "/web" }""");
        Assert.True(SpinWait.SpinUntil(() => resolver.Of(Scope)!.Names is not null, TimeSpan.FromSeconds(20)));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{ "ID": "other", "Name": "/web" }""")]
    [InlineData("""{ "Name": "/web" }""")]
    [InlineData("""{ "ID": 5, "Name": ["web"], "Config": 7 }""")]
    public void A_file_of_another_shape_names_nothing(string content)
    {
        Make("/var/lib/docker/containers/" + Id + "/config.v2.json", content);
        Make("/run/containerd/io.containerd.runtime.v2.task/k8s.io/" + Id + "/config.json", content);
        Make("/var/lib/containers/storage/overlay-containers/containers.json", content);
        Assert.Null(Of(Scope).Names);
    }

    [Fact]
    public void A_file_that_others_may_write_names_nothing()
    {
        string file = Make("/var/lib/docker/containers/" + Id + "/config.v2.json", $$"""{ "ID": "{{Id}}", "Name": "/web" }""");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        Assert.Null(Of(Scope).Names);
    }

    [Fact]
    public void A_link_stays_in_the_root()
    {
        string outside = Directory.CreateTempSubdirectory("skep-outside-").FullName;
        Directory.CreateDirectory($"{outside}/containers/{Id}");
        File.WriteAllText($"{outside}/containers/{Id}/config.v2.json", $$"""{ "ID": "{{Id}}", "Name": "/forged" }""");
        Directory.CreateDirectory($"{_root.FullName}/var/lib");
        File.CreateSymbolicLink($"{_root.FullName}/var/lib/docker", outside);
        Assert.Null(Of(Scope).Names);
        Make("/srv/docker/containers/" + Id + "/config.v2.json", $$"""{ "ID": "{{Id}}", "Name": "/web" }""");
        File.Delete($"{_root.FullName}/var/lib/docker");
        File.CreateSymbolicLink($"{_root.FullName}/var/lib/docker", "/srv/docker");
        Assert.Equal("web", Of(Scope).Names?.Name);
        Directory.Delete(outside, recursive: true);
    }

    [Fact]
    public void Within_a_container_any_name_may_be_given()
    {
        Make("/var/lib/docker/containers/" + Id + "/config.v2.json", $$"""{ "ID": "{{Id}}", "Name": "/web" }""");
        Make("/var/lib/docker/containers/" + Inner + "/config.v2.json", $$"""{ "ID": "{{Inner}}", "Name": "/victim" }""");
        ContainerIdentity found = Of($"{Scope}/docker-{Inner}.scope");
        Assert.Equal((Inner, null), (found.Id, found.Names));
        Assert.Equal("its cgroup was named within container web", found.Doubt);
        Assert.Equal(("web", null), (found.OnHost.Words, found.OnHost.Doubt));
    }

    [Fact]
    public void Below_a_users_own_cgroup_any_name_may_be_given()
    {
        Make("/var/lib/docker/containers/" + Id + "/config.v2.json", $$"""{ "ID": "{{Id}}", "Name": "/web" }""");
        ContainerIdentity found = new ContainerResolver(HostFiles.Below(_root.FullName))
            .Of($"/user@1000.service/docker-{Id}.scope")!;
        Assert.Equal((null, "its cgroup was named by uid 1000"), (found.Names, found.Doubt));
    }

    [Fact]
    public void Of_a_cgroup_that_is_not_there_it_is_not_known_who_named_it()
    {
        Make("/var/lib/docker/containers/" + Id + "/config.v2.json", $$"""{ "ID": "{{Id}}", "Name": "/web" }""");
        ContainerIdentity found = new ContainerResolver(HostFiles.Below(_root.FullName)).Of(Scope)!;
        Assert.Equal((null, "who named its cgroup is not known"), (found.Names, found.Doubt));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/system.slice/cron.service")]
    [InlineData(null)]
    public void Elsewhere_there_is_none(string? cgroup) =>
        Assert.Null(new ContainerResolver(HostFiles.Below(_root.FullName)).Of(cgroup));

    private ContainerIdentity Of(string cgroup) => Resolver(cgroup).Of(cgroup)!;

    private ContainerResolver Resolver(string cgroup)
    {
        Directory.CreateDirectory($"{_root.FullName}/sys/fs/cgroup{cgroup}");
        return new ContainerResolver(HostFiles.Below(_root.FullName));
    }

    private string Make(string path, string content)
    {
        string file = _root.FullName + path;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
        return file;
    }
}
