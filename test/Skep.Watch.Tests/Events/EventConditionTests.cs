using Skep.Linux.Containers;
using Skep.Watch.Events;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Events;

public sealed class EventConditionTests
{
    private const string Id = "3726184226f5d3147c25fdeab5b60097e378e8a720503a5e19ecfdf29f869860";
    private const string Other = "9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d";

    private static readonly ContainerIdentity Web = new(Id, new ContainerNames("web"), null, null);
    private static readonly ContainerIdentity Pod = new(Id, new ContainerNames("nginx", "shop-7d4b", "default"), null, null);

    [Theory]
    [InlineData("cmd=prog_load", true)]
    [InlineData("cmd=5", true)]
    [InlineData("cmd=load", true)]
    [InlineData("cmd=attach", false)]
    [InlineData("type=xdp", true)]
    [InlineData("type=hash", false)]
    [InlineData("comm=loader", true)]
    [InlineData("comm=load*", true)]
    [InlineData("comm=load", false)]
    [InlineData("comm=LOADER", false)]
    [InlineData("exe=/usr/bin/loader", true)]
    [InlineData("exe=loader", true)]
    [InlineData("exe=/usr/*/loader", true)]
    [InlineData("exe=/usr/*", true)]
    [InlineData("exe=bin/loader", false)]
    [InlineData("exe=/bin/loader", false)]
    [InlineData("cgroup=/system.slice/x.service", true)]
    [InlineData("cgroup=/system.slice", true)]
    [InlineData("cgroup=system.slice/", true)]
    [InlineData("cgroup=/sys/fs/cgroup/system.slice", true)]
    [InlineData("cgroup=/system.slice/*.service", true)]
    [InlineData("cgroup=/", true)]
    [InlineData("cgroup=/system", false)]
    [InlineData("cgroup=/system.slice/x", false)]
    [InlineData("unit=x.service", true)]
    [InlineData("unit=y.service", false)]
    [InlineData("pid=10", true)]
    [InlineData("pid=1", false)]
    [InlineData("uid=1000", true)]
    [InlineData("uid=0", false)]
    [InlineData("container=*", false)]
    public void By_what_an_event_is_about(string text, bool isMet)
    {
        EventCondition condition = EventCondition.Parse(text, out string? mistake)!;
        Assert.Null(mistake);
        Assert.Equal(isMet, condition.IsMetBy(SampleEvents.Load, certainly: true));
    }

    [Theory]
    [InlineData("web", true)]
    [InlineData("w*", true)]
    [InlineData("*", true)]
    [InlineData(Id, true)]
    [InlineData("3726184226f5", true)]
    [InlineData("3726184226f", false)]
    [InlineData("we", false)]
    public void By_a_container(string pattern, bool isMet) => Assert.Equal(isMet, IsMet(pattern, Web, certainly: true));

    [Theory]
    [InlineData("nginx", true)]
    [InlineData("shop-7d4b", true)]
    [InlineData("default/shop-7d4b/nginx", true)]
    [InlineData("default/*", true)]
    [InlineData("default", false)]
    public void By_a_container_of_a_pod(string pattern, bool isMet) => Assert.Equal(isMet, IsMet(pattern, Pod, certainly: true));

    [Fact]
    public void A_container_that_names_itself_otherwise_is_still_found_and_is_left_out_by_nothing_but_its_own_name()
    {
        var inner = new ContainerIdentity(Other, null, "its cgroup was named within container web", Web);
        Assert.True(IsMet("web", inner, certainly: false));
        Assert.True(IsMet(Other, inner, certainly: false));
        Assert.True(IsMet("web", inner, certainly: true));
        Assert.False(IsMet(Other, inner, certainly: true));
    }

    [Fact]
    public void What_a_user_named_leaves_nothing_out()
    {
        var named = new ContainerIdentity(Id, null, "its cgroup was named by uid 1000", null);
        Assert.True(IsMet(Id, named, certainly: false));
        Assert.False(IsMet(Id, named, certainly: true));
        Assert.False(IsMet("*", named, certainly: true));
    }

    [Theory]
    [InlineData("/usr/bin/loader", true)]
    [InlineData("loader", true)]
    public void A_removed_executable_has_the_name_that_it_had(string pattern, bool isMet)
    {
        BpfEvent e = SampleEvents.Load with { Process = SampleEvents.Process with { Exe = "/usr/bin/loader (deleted)" } };
        Assert.Equal(isMet, new EventCondition(EventKey.Exe, pattern).IsMetBy(e, certainly: true));
        Assert.False(new EventCondition(EventKey.Exe, pattern).IsMetBy(
            e with { Process = SampleEvents.Process with { Exe = null } }, certainly: true));
    }

    [Theory]
    [InlineData("")]
    [InlineData("comm")]
    [InlineData("comm=")]
    [InlineData("name=x")]
    [InlineData("Comm=x")]
    [InlineData("pid=x")]
    [InlineData("uid=-1")]
    [InlineData("cmd=porg_load")]
    [InlineData("type=xpd")]
    public void Other_text_is_no_condition(string text)
    {
        Assert.Null(EventCondition.Parse(text, out string? mistake));
        Assert.NotNull(mistake);
    }

    [Fact]
    public void Each_command_is_in_one_group()
    {
        string[] grouped = [.. CommandGroups.All.SelectMany(CommandGroups.Members)];
        Assert.Equal(CommandNames.All.Order(StringComparer.Ordinal), grouped.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(CommandGroups.All, CommandNames.IsKnown);
    }

    private static bool IsMet(string pattern, ContainerIdentity container, bool certainly) =>
        new EventCondition(EventKey.Container, pattern).IsMetBy(
            SampleEvents.Load with { Process = SampleEvents.Process with { InContainer = container } }, certainly);
}
