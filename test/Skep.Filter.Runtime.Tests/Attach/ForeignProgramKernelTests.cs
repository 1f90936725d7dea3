using System;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Linux.Network;

namespace Skep.Filter.Runtime.Tests.Attach;

/// <summary>
/// A program that no table brought is replaced, and decides again when the new rules are not confirmed, however it was loaded and attached.
/// </summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class ForeignProgramKernelTests : IDisposable
{
    private const string First = VethPair.Device, Second = "second";

    private readonly VethPair _pair = new();
    private readonly string _name = $"foreign-{Environment.ProcessId}-{Guid.NewGuid():n}";
    private readonly List<string> _said = [];
    private readonly List<BpfLink> _links = [];

    public ForeignProgramKernelTests() => _pair.AddDevice(Second);

    public static TheoryData<bool, bool, string, bool> Ways()
    {
        var ways = new TheoryData<bool, bool, string, bool>();
        foreach (var hasFrags in (bool[])[false, true])
            foreach (var hasAttachType in (bool[])[false, true])
                foreach (var mode in (string[])["native", "generic"])
                    foreach (var byLink in (bool[])[false, true]) ways.Add(hasFrags, hasAttachType, mode, byLink);
        return ways;
    }

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        foreach (var link in _links) link.Dispose();
        _pair.Dispose();
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void It_decides_again_when_the_time_is_over_and_is_put_back_by_the_next_command(
        bool hasFrags, bool hasAttachType, string mode, bool byLink)
    {
        var foreign = Attach(new(hasFrags, hasAttachType), First, mode, byLink);
        Apply(1, [First, Second], TimeSpan.FromMilliseconds(300));
        Assert.Contains(
            $"replaced program {foreign} ",
            Assert.Single(_said, text => text.StartsWith($"{First}: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        WaitUntil(() => VerdictProbe.Dropped(_pair, First) == "3");
        Assert.Equal("", VerdictProbe.Dropped(_pair, Second));
        Assert.NotEqual(foreign, ProgramOn(First));

        Confirmation.Return(_name, _said.Add);
        Assert.Equal(foreign, ProgramOn(First));
        Assert.Equal(mode == "native" ? "driver" : "generic", ModeOn(First));
        Assert.Equal(0u, ProgramOn(Second));
        Assert.Null(AppliedTable.Read(_name));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void It_ends_when_the_rules_stay(bool hasFrags, bool hasAttachType, string mode, bool byLink)
    {
        var foreign = Attach(new(hasFrags, hasAttachType), First, mode, byLink);
        Apply(1, [First, Second]);
        Assert.Equal("1", VerdictProbe.Dropped(_pair, First));
        Assert.Equal("1", VerdictProbe.Dropped(_pair, Second));
        foreach (var link in _links) link.Dispose();
        WaitUntil(() => !KernelObjects.ProgramIds().ToArray().Contains(foreign));
        Apply(2, [First, Second]);
        Assert.Equal("2", VerdictProbe.Dropped(_pair, First));
    }

    [Fact]
    public void Two_that_cannot_return_together_are_refused_before_anything_changes()
    {
        var first = Attach(new(HasFrags: false, HasAttachType: true), First, "native", byLink: false);
        var second = Attach(new(HasFrags: true, HasAttachType: true), Second, "native", byLink: false);
        var error = Assert.Throws<InvalidDataException>(() => Apply(1, [First, Second], TimeSpan.FromMinutes(1)));
        Assert.Contains("xdp.frags", error.Message, StringComparison.Ordinal);
        Assert.Contains("without --confirm", error.Message, StringComparison.Ordinal);
        Assert.Equal([first, second], [ProgramOn(First), ProgramOn(Second)]);
        Assert.Empty(_said);
        Assert.Null(AppliedTable.Read(_name));

        Apply(1, [First, Second]);
        Assert.Equal("1", VerdictProbe.Dropped(_pair, Second));
    }

    [Fact]
    public void One_that_the_running_rules_cannot_take_turns_with_is_refused_before_anything_changes()
    {
        Apply(1, [Second]);
        var rules = ProgramOn(Second);
        var foreign = Attach(new(HasFrags: false, HasAttachType: true), First, "native", byLink: false);
        var error = Assert.Throws<InvalidDataException>(() => Apply(2, [First, Second], TimeSpan.FromMinutes(1)));
        Assert.Contains($"program {foreign} ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"skep filter remove {_name} first", error.Message, StringComparison.Ordinal);
        Assert.Equal([foreign, rules], [ProgramOn(First), ProgramOn(Second)]);

        AppliedTable.Remove(_name);
        Apply(2, [First, Second], TimeSpan.FromMinutes(1));
        Assert.Equal("2", VerdictProbe.Dropped(_pair, First));
    }

    [Fact]
    public void Tables_that_cannot_be_returned_together_are_refused_before_anything_changes()
    {
        try
        {
            Apply("mode generic\nudp dport 9 redirect cpu 0", [First], table: _name + "2");
            Apply("mode generic\nudp dport 1 drop", [Second]);
            var running = (ProgramOn(First), ProgramOn(Second));
            var error = Assert.Throws<InvalidDataException>(
                () => Apply("mode generic\nudp dport 2 drop", [First, Second], table: _name + "3"));
            Assert.Contains("skep filter remove its table first", error.Message, StringComparison.Ordinal);
            Assert.Equal(running, (ProgramOn(First), ProgramOn(Second)));

            AppliedTable.Remove(_name);
            Apply("mode generic\nudp dport 2 drop", [First, Second], table: _name + "3");
            Assert.Equal("2", VerdictProbe.Dropped(_pair, First));
        }
        finally
        {
            AppliedTable.Remove(_name + "2");
            AppliedTable.Remove(_name + "3");
        }
    }

    [Theory]
    [InlineData("native")]
    [InlineData("generic")]
    public void It_is_put_back_when_the_change_fails_though_only_its_device_held_it(string mode)
    {
        var foreign = Attach(new(HasFrags: false, HasAttachType: true), First, mode, byLink: false);

        // The loopback device has no native mode, so the second device fails after the first was taken.
        var error = Assert.Throws<InvalidDataException>(() => Apply("mode native\nudp dport 1 drop", [First, "lo"]));
        Assert.Contains("lo in native mode", error.Message, StringComparison.Ordinal);
        Assert.Equal(foreign, ProgramOn(First));
        Assert.Equal("3", VerdictProbe.Dropped(_pair, First));
        Assert.Null(AppliedTable.Read(_name));
    }

    [Fact]
    public void It_is_not_put_back_on_another_device_that_has_the_name_and_index_of_its_own()
    {
        using var elsewhere = new VethPair();
        var foreign = Attach(new(HasFrags: true, HasAttachType: true), Second, "native", byLink: false);
        Apply(1, [Second], TimeSpan.FromMinutes(1));
        var index = _pair.Within(() => XdpDevice.IndexOf(Second));
        _pair.Ip($"link set {Second} netns {elsewhere.Name}");
        _pair.AddDevice(Second, index);
        Confirmation.Return(_name, _said.Add);
        Assert.Equal(0u, ProgramOn(Second));
        Assert.Contains(
            _said,
            text =>
                text.StartsWith(
                    $"{Second}: the device was removed or is in another network namespace now, so program {foreign}",
                    StringComparison.Ordinal));
        Assert.Equal(0u, elsewhere.Within(() => XdpDevice.QueryProgramId(XdpDevice.IndexOf(Second))));
        Assert.Null(AppliedTable.Read(_name));
    }

    private uint Attach(TailCallKind kind, string device, string mode, bool byLink)
    {
        Assert.SkipUnless(TailCallKind.ProbeFrags(), "the machine cannot: the kernel has no xdp.frags");
        var how = mode == "native" ? XdpMode.Native : XdpMode.Generic;
        var compiled = FilterCompiler.Compile(Rules.Table("udp dport 3 drop"));
        using var foreign = LoadedFilter.Load(compiled, "someone", 0, XdpDevice.IndexOf, kind, open: null);
        return _pair.Within(() =>
        {
            var index = XdpDevice.IndexOf(device);
            if (byLink) _links.Add(BpfLink.AttachXdp(foreign.Program, index, how));
            else XdpDevice.Attach(foreign.Program, index, how);
            return foreign.Program.GetInfo().Id;
        });
    }

    private uint ProgramOn(string device) => _pair.Within(() => XdpDevice.QueryProgramId(XdpDevice.IndexOf(device)));

    private string ModeOn(string device) =>
        _pair.Within(() => Assert.Single(NetworkDevices.List().Single(d => d.Name == device).Xdp).Mode.Name());

    private static void WaitUntil(Func<bool> condition) =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)), "waited in vain");

    private void Apply(int port, string[] devices, TimeSpan? confirm = null) => Apply($"udp dport {port} drop", devices, confirm);

    private void Apply(string rules, string[] devices, TimeSpan? confirm = null, string? table = null) => FilterApplier.Apply(
        Rules.Table(rules) with { Name = table ?? _name }, new ApplyRequest(
            devices, _pair.Name, Replace: true)
        { Confirm = confirm }, _said.Add);
}
