using System.Text;
using Skep.Bpf;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Attach;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.State;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Runtime.Tests.Fixtures;
using Skep.Linux.Files;
using Skep.Packets.Building;

namespace Skep.Filter.Runtime.Tests.Tables;

/// <summary>Single rules of long applied tables, added and deleted in the image that the program searches.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class EditInPlaceKernelTests : IDisposable
{
    private const string New = "ip saddr 172.16.0.1 drop", Packet = "udp 172.16.0.1:9 > 10.0.0.2:53";

    private readonly VethPair _pair = new();
    private readonly string _name = $"edits-{Environment.ProcessId}-{Guid.NewGuid():n}";
    private readonly ListedRule[] _list = new ListGenerator(1).Make(ListShape.Exact, 1000);
    private readonly List<string> _messages = [];

    public void Dispose()
    {
        AppliedTable.Remove(_name);
        _pair.Dispose();
    }

    [Fact]
    public void Rules_come_and_go_while_the_program_stays()
    {
        Apply("ip saddr 10.9.9.9 pass");
        var program = Program();
        Send(PacketFor(500), 3);
        var id = RuleEdits.Add(_name, New, _messages.Add);
        Assert.Equal(1u, Send(Packet, 2));
        Assert.Equal((id, New, 2UL), Last());
        RuleEdits.Insert(_name, null, "ip saddr 172.0.0.0/8 udp dport 53 pass", _messages.Add);
        Assert.Equal(2u, Send(Packet));
        RuleEdits.Insert(_name, "ip saddr 172.0.0.0/8 udp dport 53 pass", "ip saddr 172.16.0.0/16 drop", _messages.Add);
        Assert.Equal(1u, Send(Packet));
        RuleEdits.Insert(_name, _list[500].Text, "ip saddr 172.16.0.2 drop", _messages.Add);
        Assert.Equal(
            ["ip saddr 172.16.0.0/16 drop", "ip saddr 172.0.0.0/8 udp dport 53 pass", _list[0].Text],
            Counted().Take(3).Select(r => r.Text));
        Assert.Equal(["ip saddr 172.16.0.2 drop", _list[500].Text], Counted().Skip(502).Take(2).Select(r => r.Text));
        Assert.Equal([0UL, 3], Counted().Skip(502).Take(2).Select(r => r.Count.Packets));

        RuleEdits.Delete(_name, "ip saddr 172.16.0.0/16 drop", _messages.Add);
        RuleEdits.Delete(_name, "ip saddr 172.0.0.0/8 udp dport 53 pass", _messages.Add);
        Assert.Equal(1u, Send(Packet));
        Assert.Equal((id, New, 3UL), Last());
        RuleEdits.Delete(_name, id, _messages.Add);
        Assert.Equal(2u, Send(Packet));
        RuleEdits.Delete(_name, _list[500].Text, _messages.Add);
        Assert.Equal(2u, Send(PacketFor(500)));
        RuleEdits.Add(_name, _list[500].Text, _messages.Add);
        Assert.Equal(1u, Send(PacketFor(500)));
        Assert.Equal((_list[500].Text, 1UL), (Last().Text, Last().Packets));
        Assert.Equal(1002, Counted().Count);
        Assert.Equal(program, Program());
        Assert.Empty(_messages);
    }

    [Theory]
    [InlineData("ip saddr 172.16.0.1 limit rate over 1/second drop", "it has a statement, a limit or no verdict")]
    [InlineData("ip saddr 172.16.0.1 tx", "no other rule has its verdict")]
    [InlineData("ip daddr 10.0.0.2 drop", "no other rule asks for one of its fields")]
    [InlineData("tcp dport 53 drop", "no other rule asks for one of its fields")]
    public void What_does_not_fit_is_compiled_with_all_that_was_edited(string rule, string reason)
    {
        Apply();
        var program = Program();
        RuleEdits.Add(_name, "ip saddr 172.16.0.9 drop", _messages.Add);
        RuleEdits.Delete(_name, _list[0].Text, _messages.Add);
        Assert.Equal(1u, Send("udp 172.16.0.9:9 > 10.0.0.3:54", 2));
        Assert.Empty(_messages);
        RuleEdits.Add(_name, rule, _messages.Add);
        Assert.Equal($"table {_name} is compiled anew: {reason}", _messages[0]);
        Assert.NotEqual(program, Program());
        Assert.Equal([_list[1].Text, "ip saddr 172.16.0.9 drop", rule],
            Counted().Where((_, i) => i is 0 or 999 or 1000).Select(r => r.Text));
        Assert.Equal(2UL, Counted()[999].Count.Packets);
        Assert.Equal(2u, Send(PacketFor(0)));
        Assert.Equal(1u, Send("udp 172.16.0.9:9 > 10.0.0.3:54"));

        // That left room again.
        program = Program();
        RuleEdits.Delete(_name, "ip saddr 172.16.0.9 drop", _messages.Add);
        Assert.Equal(program, Program());
        Assert.Equal(2u, Send("udp 172.16.0.9:9 > 10.0.0.3:54"));
    }

    [Fact]
    public void A_rule_that_is_there_already_is_numbered_by_compiling_anew()
    {
        Apply();
        RuleEdits.Add(_name, _list[7].Text, _messages.Add);
        Assert.Contains("another rule is equal to it", Assert.Single(_messages), StringComparison.Ordinal);
        Assert.Equal(Counted()[7].Id + "#2", Last().Id);
        RuleEdits.Delete(_name, _list[7].Text, _messages.Add);
        Assert.Contains("another rule is equal to it", _messages[1], StringComparison.Ordinal);
        Assert.Equal(1000, Counted().Count);
    }

    [Fact]
    public void Errors_change_nothing()
    {
        Apply();
        Assert.Throws<RuleTextException>(() => RuleEdits.Add(_name, "udp dport 99999 drop", _messages.Add));
        Assert.Throws<InvalidDataException>(() => RuleEdits.Add(_name, $"{New}\n{New}", _messages.Add));
        Assert.Throws<InvalidDataException>(() => RuleEdits.Delete(_name, New, _messages.Add));
        Assert.Throws<InvalidDataException>(() => RuleEdits.Insert(_name, "none", New, _messages.Add));
        Assert.Throws<InvalidDataException>(() => RuleEdits.Add("none", New, _messages.Add));
        Assert.Empty(_messages);
        Assert.Equal(_list.Select(r => r.Text), Counted().Select(r => r.Text));
    }

    /// <summary>An addition whose command was killed before, between or behind its stores is taken back.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_addition_that_was_cut_short_is_taken_back(bool isStored)
    {
        Apply();
        RuleEdits.Add(_name, "ip saddr 172.16.0.9 drop", _messages.Add);
        var (files, table) = Files();
        if (isStored)
        {
            RuleEdits.Add(_name, New, _messages.Add);
            EditFiles.SetDone(table.EditsMap, 1);
            Assert.Equal(1u, Send(Packet));
        }
        else
        {
            var last = files.Read(out _, out _)[0];
            files.Append(last with { Order = last.Order + 1, Id = "x", Text = New, Slot = last.Slot + 1 });
        }
        Assert.Equal("ip saddr 172.16.0.9 drop", Last().Text);
        AppliedTable.Recover(_messages.Add);
        Assert.Equal([$"table {_name}: took back a rule whose addition was cut short"], _messages);
        Assert.Equal(2u, Send(Packet));
        Assert.Equal("ip saddr 172.16.0.9 drop", Last().Text);
        Assert.Equal((int)EditFiles.ReadDone(table.EditsMap)!.Value.Count, files.Read(out _, out _).Count);

        // Its counter is nobody else's.
        RuleEdits.Add(_name, New, _messages.Add);
        Assert.Equal((New, 0UL), (Last().Text, Last().Packets));
        Assert.Single(_messages);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_deletion_that_was_cut_short_is_finished(bool isStored)
    {
        Apply();
        var program = Program();
        var (files, table) = Files();
        if (isStored)
        {
            RuleEdits.Delete(_name, _list[3].Text, _messages.Add);
            EditFiles.SetDone(table.EditsMap, 0);
        }
        else
        {
            files.Append(new(table.Lists.Order.Of(3)));
        }
        AppliedTable.Recover(_messages.Add);
        Assert.Equal([$"table {_name}: finished the deletion of a rule that was cut short"], _messages);
        Assert.Equal(2u, Send(PacketFor(3)));
        Assert.Equal(_list[4].Text, Counted()[3].Text);
        Assert.Equal(program, Program());
    }

    [Fact]
    public void A_torn_line_is_dropped_and_reported()
    {
        Apply();
        RuleEdits.Add(_name, New, _messages.Add);
        var (files, _) = Files();
        PrivateLines.Append(files.Journal, "{\"order\":12,\"te"u8);
        Assert.Equal(New, Last().Text);
        RuleEdits.Delete(_name, New, _messages.Add);
        Assert.Contains("cut short", Assert.Single(_messages), StringComparison.Ordinal);
        Assert.Equal(1000, Counted().Count);
        Assert.Equal(2u, Send(Packet));
    }

    [Fact]
    public void A_journal_that_is_lost_is_an_error_and_the_rules_go_on()
    {
        Apply();
        RuleEdits.Add(_name, New, _messages.Add);
        var program = Program();
        File.Delete(Files().Files.Journal);
        Assert.All(
            (Action[])[
                () => AppliedTable.Read(_name), () => RuleEdits.Add(_name, "ip saddr 172.16.0.2 drop", _messages.Add), () => Apply()],
            use => Assert.Contains(
                "it has 0 of the 1 edits", Assert.Throws<DamagedTableException>(use).Message, StringComparison.Ordinal));
        Assert.Equal(1u, Send(program, Packet, 1));
        Assert.True(AppliedTable.Remove(_name));
        Apply();
        Assert.Equal(1000, Counted().Count);
    }

    [Theory]
    [InlineData(".editable", "")]
    [InlineData(".editable", "{}")]
    [InlineData(".index", "")]
    [InlineData(".index", "{}")]
    public void Where_a_file_of_edits_is_lost_or_damaged_the_table_is_compiled_with_all_edits(string ending, string content)
    {
        Apply();
        RuleEdits.Add(_name, New, _messages.Add);
        Assert.Equal(1u, Send(Packet, 2));
        var program = Program();
        var path = Files().Files.Journal.Replace(".edits", ending, StringComparison.Ordinal);
        File.Delete(path);
        if (content.Length > 0) PrivateFile.Replace(path, Encoding.UTF8.GetBytes(content));
        RuleEdits.Delete(_name, _list[5].Text, _messages.Add);
        Assert.NotEqual(program, Program());
        Assert.Equal((1000, New, 2UL), (Counted().Count, Last().Text, Last().Packets));
        Assert.Equal((1u, 2u), (Send(Packet), Send(PacketFor(5))));
        if (ending == ".index") Assert.Contains("is lost or damaged", Assert.Single(_messages), StringComparison.Ordinal);
    }

    /// <summary>What was cut short cannot be ended without the file that says where the image's parts are.</summary>
    [Fact]
    public void An_addition_that_was_cut_short_and_cannot_be_taken_back_is_reported()
    {
        Apply();
        RuleEdits.Add(_name, New, _messages.Add);
        var (files, table) = Files();
        EditFiles.SetDone(table.EditsMap, 0);
        File.Delete(files.Editable);
        AppliedTable.Recover(_messages.Add);
        Assert.Contains($"{files.Editable} is lost or damaged", Assert.Single(_messages), StringComparison.Ordinal);
    }

    /// <summary>Whoever reads a table while it is edited and replaced gets all of it as it was at one moment.</summary>
    [Fact]
    public async Task A_reader_sees_all_edits_or_the_table_that_came_after()
    {
        Apply();
        var stop = false;
        var reader = Task.Run(() =>
        {
            var reads = 0;
            for (; !Volatile.Read(ref stop); reads++)
            {
                var rules = Counted();
                Assert.Equal(rules[^1].Text == New ? 1001 : 1000, rules.Count);
                Assert.True(rules[^1].Text == New || rules[^1].Text == _list[^1].Text);
            }
            return reads;
        }, TestContext.Current.CancellationToken);
        try
        {
            for (var round = 0; round < 6; round++)
            {
                RuleEdits.Add(_name, New, _messages.Add);
                Apply();
            }
        }
        finally
        {
            Volatile.Write(ref stop, true);
        }
        Assert.True(await reader > 0);
    }

    [Fact]
    public void Commands_that_change_a_table_at_once_do_so_one_after_the_other()
    {
        Apply();
        var messages = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(0, 24, i =>
        {
            if (i == 12) FilterApplier.Apply(_name, before => KeptTable.Read(before!, [.. before!.Rules]), Again, messages.Add);
            else if (i % 2 == 0) RuleEdits.Add(_name, $"ip saddr 172.16.1.{i} drop", messages.Add);
            else RuleEdits.Insert(_name, _list[i].Text, $"ip saddr 172.16.1.{i} drop", messages.Add);
        });
        Assert.All(messages, message => Assert.StartsWith("waiting for", message, StringComparison.Ordinal));
        var texts = Counted().Select(r => r.Text).ToList();
        Assert.Equal(1023, texts.Distinct().Count());
        for (var i = 1; i < 24; i += 2) Assert.Equal($"ip saddr 172.16.1.{i} drop", texts[texts.IndexOf(_list[i].Text) - 1]);
        for (var i = 0; i < 24; i++) Assert.Equal(i == 12 ? 2u : 1u, Send($"udp 172.16.1.{i}:9 > 10.0.0.3:53"));
    }

    [Fact]
    public void Files_of_edits_are_roots_alone()
    {
        Apply();
        RuleEdits.Add(_name, New, _messages.Add);
        var journal = Files().Files.Journal;
        string[] files = [.. Directory.GetFiles(Path.GetDirectoryName(journal)!).Order(StringComparer.Ordinal)];
        var state = journal.Replace(".edits", "", StringComparison.Ordinal);
        Assert.Equal([state, state + ".editable", state + ".edits", state + ".index"], files);
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public void Edits_return_with_the_rules_that_they_were_made_to()
    {
        Apply();
        RuleEdits.Add(_name, New, _messages.Add);
        Assert.Equal(1u, Send(Packet));
        var request = new ApplyRequest([VethPair.Device], _pair.Name, Replace: false) { Confirm = TimeSpan.FromMinutes(1) };
        FilterApplier.Apply(TableOf("udp dport 2 drop"), request, _messages.Add);
        Assert.Throws<InvalidDataException>(() => RuleEdits.Add(_name, "udp dport 3 drop", _messages.Add));
        Assert.Equal(ConfirmationState.Returned, Confirmation.Return(_name, _messages.Add));
        Assert.Equal((New, 1UL), (Last().Text, Last().Packets));
        Assert.Equal(1u, Send(Packet));
        FilterApplier.Apply(TableOf(New), new([VethPair.Device], _pair.Name, Replace: false), _messages.Add);
        Assert.Equal(2UL, Assert.Single(Counted()).Count.Packets);
    }

    /// <summary>While a rule comes and goes, each packet is decided with it or without it, and counted for what decided it.</summary>
    [Fact]
    public void Packets_see_the_rules_before_or_after()
    {
        Apply("ip saddr 172.16.0.0/16 drop", "ip saddr 10.9.9.9 pass");
        using var program = BpfProgram.OpenById(Program());
        var (stop, actions) = (false, new ulong[4]);
        Assert.True(PacketText.TryParse(Packet, out var spec, out _));
        var frame = PacketBuilder.Build(spec);
        var sender = new Thread(() =>
        {
            while (!Volatile.Read(ref stop)) actions[program.Run(new BpfRun { Data = frame }).ReturnValue]++;
        });
        sender.Start();
        for (var round = 0; round < 100; round++)
        {
            RuleEdits.Insert(_name, null, "ip saddr 172.16.0.1 pass", _messages.Add);
            Thread.Sleep(1);
            RuleEdits.Delete(_name, "ip saddr 172.16.0.1 pass", _messages.Add);
        }
        Volatile.Write(ref stop, true);
        sender.Join();
        Assert.Empty(_messages);
        Assert.Equal(0UL, actions[0] + actions[3]);
        Assert.True(actions[1] > 0 && actions[2] > 0, $"{actions[1]} dropped, {actions[2]} passed");
        Assert.Equal(actions[1], Counted().Single(r => r.Text == "ip saddr 172.16.0.0/16 drop").Count.Packets);
    }

    private (EditFiles Files, EditableTable Table) Files()
    {
        var files = new TableStore(_name).EditsOf(Program());
        return (files, files.ReadEditable()!);
    }

    private string PacketFor(int rule)
    {
        var (address, port) = (_list[rule].Source.Low, _list[rule].DestinationPorts.Low);
        return $"udp {address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}:9 > 10.0.0.3:{port}";
    }

    private void Apply(params string[] more) => FilterApplier.Apply(
        TableOf(string.Join('\n', _list.Select(r => r.Text).Concat(more))), new([VethPair.Device], _pair.Name, Replace: false),
        _messages.Add);

    private ApplyRequest Again => new([VethPair.Device], _pair.Name, Replace: false) { KeepsSets = true };

    private Table TableOf(string rules) => Rules.Table(rules) with { Name = _name };

    private IReadOnlyList<CountedRule> Counted() => AppliedTable.Read(_name)!.Rules;

    private (string Id, string Text, ulong Packets) Last() => (Counted()[^1].Id, Counted()[^1].Text, Counted()[^1].Count.Packets);

    private uint Program() => AppliedTable.Read(_name)!.Devices[0].ProgramId;

    private uint Send(string packet, int times = 1) => Send(Program(), packet, times);

    private static uint Send(uint programId, string packet, int times)
    {
        using var program = BpfProgram.OpenById(programId);
        Assert.True(PacketText.TryParse(packet, out var spec, out _));
        return program.Run(new BpfRun { Data = PacketBuilder.Build(spec), Repeat = times }).ReturnValue;
    }
}
