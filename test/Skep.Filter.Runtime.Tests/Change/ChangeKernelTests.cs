using System;
using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;

namespace Skep.Filter.Runtime.Tests.Change;

/// <summary>Changes of tables over several devices: in one step, to be confirmed, interrupted, concurrent.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class ChangeKernelTests : IDisposable
{
    private const string First = VethPair.Device, Second = "second", Third = "v*[0]";

    private readonly VethPair _pair = new();
    private readonly string _name = $"change-{Environment.ProcessId}-{Guid.NewGuid():n}";
    private readonly List<string> _said = [];

    public ChangeKernelTests()
    {
        _pair.AddDevice(Second);
        _pair.AddDevice(Third);
    }

    private string Pins => $"/run/skep/bpf/{_name}";

    private string States => $"/run/skep/filter/{_name}";

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        AppliedTable.Remove(_name + "2");
        _pair.Dispose();
    }

    [Fact]
    public void Devices_come_stay_and_go_in_one_step()
    {
        Apply(1, [First, Second]);
        var before = AppliedTable.Read(_name)!;
        Apply(2, [Second, Third]);
        Assert.Equal(["", "2", "2"], Dropped());
        var after = AppliedTable.Read(_name)!;
        Assert.Equal([Second, Third], after.Devices.Select(d => d.Device).Order());
        Assert.Equal(before.Devices.Single(d => d.Device == Second).LinkId, after.Devices.Single(d => d.Device == Second).LinkId);
        AssertSettled(links: 2);
    }

    [Fact]
    public void A_device_that_is_named_twice_is_taken_once()
    {
        _pair.Ip($"link property add dev {First} altname other-name");
        Apply(1, [First, "other-name", First]);
        Assert.Single(AppliedTable.Read(_name)!.Devices);
    }

    [Fact]
    public void Unconfirmed_rules_return_by_themselves_on_all_devices()
    {
        Apply(1, [First, Second]);
        var before = AppliedTable.Read(_name)!;
        Apply(2, [Second, Third], confirm: TimeSpan.FromSeconds(3));
        Assert.Equal(["", "2", "2"], Dropped());
        var pending = AppliedTable.Read(_name)!;
        Assert.InRange(pending.ReturnsIn!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.Equal([Second, Third], pending.Devices.Select(d => d.Device).Order());

        // No command runs: the kernel returns by its clock.
        WaitUntil(() => VerdictProbe.Of(_pair, First, 1) == VerdictProbe.Drop);
        Assert.Equal(["1", "1", ""], Dropped());
        Assert.Null(AppliedTable.Read(_name)!.ReturnsIn);
        Assert.Equal([First, Second], AppliedTable.Read(_name)!.Devices.Select(d => d.Device).Order());

        AppliedTable.Recover(_said.Add);
        Assert.Contains("not confirmed in time", Assert.Single(Said()), StringComparison.Ordinal);
        Assert.Equal(["1", "1", ""], Dropped());
        Assert.Equal(before.Devices, AppliedTable.Read(_name)!.Devices);
        Assert.Equal(ConfirmationState.NoneWaits, Confirmation.Confirm(_name, _said.Add));
        AssertSettled(links: 2);
    }

    [Fact]
    public void Confirmed_rules_stay()
    {
        Apply(1, [First, Second]);
        var program = Apply(2, [First, Second], confirm: TimeSpan.FromMinutes(10));
        Assert.Equal(ConfirmationState.Waits, Confirmation.Look(_name, program));
        AppliedTable.Recover(_said.Add);
        Assert.Equal(ConfirmationState.Confirmed, Confirmation.Confirm(_name, _said.Add));
        Assert.Equal(ConfirmationState.Confirmed, Confirmation.Look(_name, program));
        Assert.Equal(["2", "2", ""], Dropped());
        Assert.All(AppliedTable.Read(_name)!.Devices, d => Assert.Equal(program, d.ProgramId));
        Assert.Empty(Said());
        AssertSettled(links: 2);
    }

    [Fact]
    public void A_first_table_that_is_not_confirmed_is_gone()
    {
        var program = Apply(1, [First, Second], confirm: TimeSpan.FromMinutes(10));
        Assert.Equal(["1", "1", ""], Dropped());
        Assert.Equal(ConfirmationState.Returned, Confirmation.Return(_name, _said.Add));
        Assert.Equal(ConfirmationState.Returned, Confirmation.Look(_name, program));
        Assert.Equal(["", "", ""], Dropped());
        Assert.Null(AppliedTable.Read(_name));
        Assert.False(Directory.Exists(Pins) || Directory.Exists(States));
    }

    [Fact]
    public void Another_apply_takes_the_place_of_rules_that_wait()
    {
        Apply(1, [First]);
        Apply(2, [First, Second], confirm: TimeSpan.FromMinutes(10));
        Apply(3, [First], confirm: TimeSpan.FromMinutes(10));
        Assert.Equal(["3", "", ""], Dropped());
        Confirmation.Return(_name, _said.Add);
        Assert.Equal(["1", "", ""], Dropped());
        AssertSettled(links: 1);
    }

    [Fact]
    public void Rules_that_wait_are_removed_with_all_that_was_before()
    {
        Apply(1, [First]);
        Apply(2, [First, Second], confirm: TimeSpan.FromMinutes(10));
        Assert.True(AppliedTable.Remove(_name));
        Assert.Equal(["", "", ""], Dropped());
        Assert.False(Directory.Exists(Pins) || Directory.Exists(States));
    }

    [Fact]
    public void Counters_live_through_a_return_and_are_not_taken_over_by_other_rules()
    {
        using var sender = _pair.Sender();
        using var last = _pair.Receiver(7001);
        Apply("udp dport 1 drop comment \"one\"", [First]);
        Send(1);
        Apply("udp dport 1 drop comment \"one\"\nudp dport 2 drop comment \"two\"", [First], confirm: TimeSpan.FromMinutes(10));
        Send(1);
        Send(2);
        Assert.Equal([2ul, 1ul], Counts());
        Confirmation.Return(_name, _said.Add);
        Send(1);
        Assert.Equal([3ul], Counts());
        Apply("udp dport 3 drop comment \"three\"\nudp dport 1 drop comment \"one\"", [First]);
        Assert.Equal([0ul, 3ul], Counts());

        void Send(int port)
        {
            VethPair.Send(sender, port);
            VethPair.Send(sender, 7001);
            Assert.Equal(20, last.Receive(new byte[100]));
        }
    }

    [Fact]
    public void Counters_are_complete_through_many_replaces_with_other_rules()
    {
        using var sender = _pair.Sender();
        using var last = _pair.Receiver(7001);
        ulong sent = 0;
        for (var i = 0; i < 12; i++)
        {
            // Sixty new rules each time: the map of counters is left for another more than once.
            var others = string.Join('\n', Enumerable.Range(1000 + 60 * i, 60).Select(port => $"tcp dport {port} drop"));
            Apply($"{others}\nudp dport 1 drop comment \"one\"", [First]);
            for (var n = 0; n <= i; n++, sent++) VethPair.Send(sender, 1);
            VethPair.Send(sender, 7001);
            Assert.Equal(20, last.Receive(new byte[100]));
            var counts = Counts();
            Assert.Equal(sent, counts[^1]);
            Assert.All(counts[..^1], count => Assert.Equal(0ul, count));
        }
    }

    [Fact]
    public void A_device_that_is_removed_is_shown_as_gone_and_is_cleaned_up()
    {
        Apply(1, [First, Second]);
        var index = _pair.Within(() => XdpDevice.IndexOf(Second));
        _pair.Ip($"link del {Second}");
        var table = AppliedTable.Read(_name)!;
        Assert.Equal([false, true], table.Devices.OrderBy(d => d.Device).Select(d => d.IsGone));

        // One of the same name and index comes.
        _pair.AddDevice(Second, index);
        Apply(2, [First, Second]);
        Assert.Equal(["2", "2", ""], Dropped());
        AssertSettled(links: 2);
        _pair.Ip($"link del {Second}");
        Assert.True(AppliedTable.Remove(_name));
        Assert.Equal(["", ""], new[] { First, Third }.Select(d => VerdictProbe.Dropped(_pair, d)));
        Assert.False(Directory.Exists(Pins) || Directory.Exists(States));
    }

    [Fact]
    public void A_table_whose_devices_are_all_gone_is_shown_and_removed()
    {
        Apply(1, [Second, Third]);
        _pair.Ip($"link del {Second}");
        _pair.Ip($"link del {Third}");
        Assert.Contains(_name, AppliedTable.List());
        AppliedTable.Recover(_said.Add);
        Assert.All(AppliedTable.Read(_name)!.Devices, d => Assert.True(d.IsGone));
        Assert.True(AppliedTable.Remove(_name));
        Assert.DoesNotContain(_name, AppliedTable.List());
        Assert.Empty(Said());
    }

    [Fact]
    public void One_device_is_taken_off()
    {
        Apply(1, [First, Second]);
        Assert.False(AppliedTable.Remove(_name, Third));
        Assert.True(AppliedTable.Remove(_name, Second));
        Assert.Equal(["1", "", ""], Dropped());
        AssertSettled(links: 1);
        Assert.True(AppliedTable.Remove(_name, First));
        Assert.False(Directory.Exists(Pins) || Directory.Exists(States));
    }

    [Fact]
    public void Another_tables_device_is_taken_without_a_gap_and_returned_unless_confirmed()
    {
        Apply(1, [First, Second]);
        var link = AppliedTable.Read(_name)!.Devices.Single(d => d.Device == First).LinkId;
        var error = Assert.Throws<InvalidDataException>(() => Apply(2, [First], name: _name + "2"));
        Assert.Contains($"of table {_name}", error.Message, StringComparison.Ordinal);

        Apply(2, [First], name: _name + "2", replace: true, confirm: TimeSpan.FromMinutes(10));
        Assert.Equal(["2", "1", ""], Dropped());
        Confirmation.Return(_name + "2", _said.Add);
        Assert.Equal(["1", "1", ""], Dropped());
        Assert.Equal(2, AppliedTable.Read(_name)!.Devices.Count);

        Apply(2, [First], name: _name + "2", replace: true);
        Assert.Equal(["2", "1", ""], Dropped());
        Assert.Equal(link, AppliedTable.Read(_name + "2")!.Devices.Single().LinkId);
        Assert.Equal(Second, AppliedTable.Read(_name)!.Devices.Single().Device);
    }

    [Fact]
    public void A_foreign_program_is_named_with_its_owner_pushed_out_on_request_and_put_back_on_a_return()
    {
        using var foreign = LoadedFilter.Load(FilterCompiler.Compile(Rules.Table("udp dport 3 drop")), "someone", 0, XdpDevice.IndexOf);
        _pair.Within(() =>
        {
            XdpDevice.Attach(foreign.Program, XdpDevice.IndexOf(First), XdpMode.Native);
            return true;
        });
        var error = Assert.Throws<InvalidDataException>(() => Apply(1, [First]));
        foreach (
            var part in (string[])[$"program {foreign.Program.GetInfo().Id}", "'someone'", "without a link", "held by a test", "--replace"])
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
        Assert.Equal(["3", "", ""], Dropped());

        Apply(1, [First, Second], replace: true, confirm: TimeSpan.FromMinutes(10));
        Assert.Contains("replaced", Assert.Single(Said()), StringComparison.Ordinal);
        Assert.Equal(["1", "1", ""], Dropped());
        Confirmation.Return(_name, _said.Add);
        Assert.Equal(["3", "", ""], Dropped());
        Assert.Null(AppliedTable.Read(_name));
    }

    [Fact]
    public void A_foreign_link_is_pushed_out_and_a_failure_puts_its_program_back()
    {
        using var foreign = LoadedFilter.Load(FilterCompiler.Compile(Rules.Table("udp dport 3 drop")), "someone", 0, XdpDevice.IndexOf);
        using var link = _pair.Within(() => BpfLink.AttachXdp(foreign.Program, XdpDevice.IndexOf(First)));
        var error = Assert.Throws<InvalidDataException>(() => Apply(1, [First]));
        Assert.Contains($"link {link.GetInfo().Id}", error.Message, StringComparison.Ordinal);

        // The loopback device has no native mode, so the second device fails after the first was taken.
        Assert.Throws<InvalidDataException>(() => Apply("mode native\nudp dport 1 drop", [First, "lo"], replace: true));
        Assert.Equal("3", VerdictProbe.Dropped(_pair, First));
        Assert.Null(AppliedTable.Read(_name));
        Assert.False(Directory.Exists(Pins) || Directory.Exists(States));
    }

    [Fact]
    public void A_mode_is_not_changed_under_way()
    {
        Apply("mode generic\nudp dport 1 drop", [First]);
        Assert.Equal("generic", AppliedTable.Read(_name)!.Devices.Single().Mode);
        Assert.Contains(
            "generic mode",
            Assert.Throws<InvalidDataException>(() => Apply("mode native\nudp dport 2 drop", [First])).Message,
            StringComparison.Ordinal);
        Assert.Equal("1", VerdictProbe.Dropped(_pair, First));
        Apply(2, [First]);
        Assert.Equal("generic", AppliedTable.Read(_name)!.Devices.Single().Mode);
    }

    [Fact]
    public void Applies_at_the_same_time_follow_each_other()
    {
        var applies = Enumerable.Range(0, 12).Select(i => new Thread(() => Apply(1 + i % 3, [First, Second]))).ToList();
        foreach (var apply in applies) apply.Start();
        foreach (var apply in applies) apply.Join();
        var dropped = Dropped();
        Assert.Contains(dropped[0], (string[])["1", "2", "3"]);
        Assert.Equal(dropped[0], dropped[1]);
        Assert.Single(AppliedTable.Read(_name)!.Devices.Select(d => d.ProgramId).Distinct());
        AssertSettled(links: 2);
    }

    [Fact]
    public void Nothing_passes_neither_while_rules_change_wait_and_return()
    {
        using var sender = _pair.Sender();
        using var tested = _pair.Receiver(7000);
        using var last = _pair.Receiver(7001);
        Apply("udp dport 7000 drop", [First]);
        var (stop, sent) = (false, 0);
        var traffic = new Thread(() =>
        {
            for (; !Volatile.Read(ref stop); sent++) VethPair.Send(sender, 7000);
        });
        traffic.Start();
        for (var i = 0; i < 5; i++)
        {
            Apply($"tcp dport {i + 1} drop\nudp dport 6999-7000 drop", [First, Second], confirm: TimeSpan.FromMinutes(10));
            if (i % 2 == 0) Confirmation.Return(_name, _ => { });
            else Confirmation.Confirm(_name, _ => { });
            Apply("policy drop\nudp dport 7001 pass\nether type arp pass", [First], name: _name + "2", replace: true);
            Apply("udp dport 7000 drop", [First], replace: true);
        }
        Volatile.Write(ref stop, true);
        traffic.Join();
        VethPair.Send(sender, 7001);
        Assert.Equal(20, last.Receive(new byte[100]));
        Assert.Equal(0, tested.Available);
        Assert.NotEqual(0, sent);
    }

    // Tests of other tables run beside this one: one waits for the other, or mends its tables.
    private string[] Said() =>
        [.. _said.Where(text => text.Contains(_name, StringComparison.Ordinal) || text.StartsWith($"{First}: ", StringComparison.Ordinal))];

    private ulong[] Counts() => [.. AppliedTable.Read(_name)!.Rules.Select(r => r.Count.Packets)];

    private string[] Dropped() => [.. new[] { First, Second, Third }.Select(d => VerdictProbe.Dropped(_pair, d))];

    private static void WaitUntil(Func<bool> condition)
    {
        for (var attempt = 0; !condition(); attempt++)
        {
            Assert.True(attempt < 1500, "waited in vain");
            Thread.Sleep(20);
        }
    }

    private void AssertSettled(int links)
    {
        Assert.Equal(links, Directory.GetFiles(Pins).Length);
        Assert.All(Directory.GetFiles(Pins), path => Assert.StartsWith("link-", Path.GetFileName(path)));
        var program = Assert.Single(AppliedTable.Read(_name)!.Devices.Where(d => !d.IsGone).Select(d => d.ProgramId).Distinct());
        Assert.Equal($"{program}.json", Assert.Single(Directory.GetFiles(States).Select(Path.GetFileName)));
    }

    private uint Apply(int port, string[] devices, string? name = null, bool replace = false, TimeSpan? confirm = null) =>
        Apply($"udp dport {port} drop", devices, name, replace, confirm);

    private uint Apply(string rules, string[] devices, string? name = null, bool replace = false, TimeSpan? confirm = null) =>
        FilterApplier.Apply(
        Rules.Table(rules) with { Name = name ?? _name },
        new ApplyRequest(devices, _pair.Name, replace) { Confirm = confirm, DescribeOwner = _ => "held by a test" },
        text =>
        {
            lock (_said) _said.Add(text);
        });
}
