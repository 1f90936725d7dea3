using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>Directories of rule files, as they are applied at boot; and what an apply would change.</summary>
[Collection("filter")]
public sealed class RulesDirectoryTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();
    private readonly string _one = $"one-{Guid.NewGuid():n}"[..20], _two = $"two-{Guid.NewGuid():n}"[..20];
    private readonly string _directory;

    public RulesDirectoryTests()
    {
        _directory = Directory.CreateDirectory(_scratch.File("filter.d")).FullName;
        Write(_one, "v0", "set blocked { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 } }\nip saddr @blocked drop\ntcp dport 22 drop");
        Write(_two, "v1", "udp dport 53 drop");
    }

    public void Dispose()
    {
        SkepBinary.Run("filter", "remove", _one);
        SkepBinary.Run("filter", "remove", _two);
        _network.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void All_tables_of_a_directory_are_applied_and_not_again_when_nothing_changed()
    {
        Apply().Succeeds();
        (uint one, uint two) = (ProgramOf(_one), ProgramOf(_two));
        Outcome again = Apply();
        Assert.Equal($"skep: table {_one}: unchanged\nskep: table {_two}: unchanged\n", again.Error);
        Assert.Equal((one, two), (ProgramOf(_one), ProgramOf(_two)));
        Write(_two, "v1", "udp dport 54 drop");
        Assert.Equal($"skep: table {_one}: unchanged\n", Apply().Error);
        Assert.Equal(one, ProgramOf(_one));
        Assert.NotEqual(two, ProgramOf(_two));
        // The same rules in another file.
        File.AppendAllText(FileOf(_one), "# a comment\n");
        Assert.Contains($"skep: table {_one}: unchanged\n", Apply().Error, StringComparison.Ordinal);
        Assert.Equal(
            Tool.Run("sha256sum", FileOf(_one)).Split(' ')[0],
            Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _one, "-j")).Text("sha256"));
        // What was changed since is put back.
        Tool.Run(SkepBinary.Path, "filter", "set", "add", _one, "blocked", "192.0.2.3");
        Assert.Equal($"skep: table {_two}: unchanged\n", Apply().Error);
        Assert.DoesNotContain("192.0.2.3", Tool.Run(SkepBinary.Path, "filter", "set", "list", _one, "blocked"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v9", "tcp dport 80 drop", "find device v9")]
    [InlineData("v0", "tcp dport 80 drop", "is for it too")]
    [InlineData("v1", "tcp dport 99999 drop", "99999")]
    public void Where_one_fails_none_is_applied(string device, string rules, string why)
    {
        Write(_two, device, rules);
        Outcome outcome = Apply();
        Assert.NotEqual(0, outcome.Code);
        Assert.Contains(why, outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, SkepBinary.Run("filter", "show", _one).Code);

        Write(_two, "v1", "udp dport 53 drop");
        Apply().Succeeds();
        uint one = ProgramOf(_one);
        Write(_one, "v0", "tcp dport 23 drop");
        Write(_two, device, rules);
        Assert.NotEqual(0, Apply().Code);
        Assert.Equal(one, ProgramOf(_one));
        Assert.Contains("dport 22", Tool.Run(SkepBinary.Path, "filter", "show", _one), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_changes_nothing()
    {
        Outcome outcome = Apply("--dry-run");
        Assert.Equal(
            (0, $"skep: table {_one}: would be attached to v0\nskep: table {_two}: would be attached to v1\n"),
            (outcome.Code, outcome.Error));
        Assert.Equal(1, SkepBinary.Run("filter", "show", _one).Code);
        Apply().Succeeds();
        Write(_one, "v0", "tcp dport 23 drop");
        Assert.Equal($"skep: table {_one}: would replace its rules on v0\nskep: table {_two}: unchanged\n", Apply("--dry-run").Error);
        Assert.Contains("dport 22", Tool.Run(SkepBinary.Path, "filter", "show", _one), StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_leaves_rules_that_wait_for_their_confirmation()
    {
        Apply().Succeeds();
        Write(_one, "v0", "tcp dport 23 drop");
        SkepBinary.Run("filter", "apply", FileOf(_one), "--netns", _network.Name, "--confirm", "10m").Succeeds();
        foreach (Outcome dry in (Outcome[])
            [SkepBinary.Run("filter", "apply", FileOf(_one), "--netns", _network.Name, "--dry-run"), Apply("--dry-run")])
        {
            Assert.Equal(1, dry.Code);
            Assert.Contains("wait for their confirmation", dry.Error, StringComparison.Ordinal);
        }

        Assert.Contains("dport 23", Tool.Run(SkepBinary.Path, "filter", "show", _one), StringComparison.Ordinal);
        SkepBinary.Run("filter", "confirm", _one).Succeeds();
        Assert.Contains("dport 23", Tool.Run(SkepBinary.Path, "filter", "show", _one), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_applied_is_shown_as_a_rule_file_that_changes_nothing()
    {
        Apply("--label", "r7").Succeeds();
        Tool.Run(SkepBinary.Path, "filter", "set", "add", _one, "blocked", "192.0.2.9");
        string file = FileOf(_one);
        Assert.Equal(
            $" table {_one} {{\n     set blocked {{\n-        192.0.2.9\n     }}\n }}\n",
            Tool.Run(SkepBinary.Path, "filter", "diff", file));
        JsonElement difference = Json.Parse(SkepBinary.Run("filter", "diff", file, "--exit-code", "-j").Output);
        Assert.Equal(1, SkepBinary.Run("filter", "diff", file, "--exit-code").Code);
        Assert.False(difference.GetProperty("same").GetBoolean());
        JsonElement table = Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _one, "-j"));
        Assert.Equal((file, "r7"), (table.Text("source"), table.Text("version")));
        Assert.Equal(Tool.Run("sha256sum", file).Split(' ')[0], table.Text("sha256"));

        File.WriteAllText(file, Tool.Run(SkepBinary.Path, "filter", "show", _one, "--format"));
        SkepBinary.Run("filter", "diff", file, "--exit-code").Succeeds();
        uint program = ProgramOf(_one);
        Outcome unchanged = SkepBinary.Run("filter", "apply", file, "--netns", _network.Name, "--label", "r7");
        Assert.Equal($"skep: table {_one}: unchanged\n", unchanged.Error);
        Assert.Equal(program, ProgramOf(_one));
    }

    [Fact]
    public void Where_a_file_does_not_check_the_rules_that_were_applied_last_come_back()
    {
        string copy = _scratch.File("last-good");
        Apply("--last-good", copy).Succeeds();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(copy, $"{_one}.skep")));
        Write(_two, "v1", "udp dport 99999 drop");
        uint one = ProgramOf(_one);
        Outcome stays = Apply("--last-good", copy);
        Assert.Equal(2, stays.Code);
        Assert.Contains("the tables stay as they are", stays.Error, StringComparison.Ordinal);
        // As after a boot.
        Tool.Run(SkepBinary.Path, "filter", "remove", _two);
        Outcome restored = Apply("--last-good", copy);
        Assert.Equal(2, restored.Code);
        Assert.Contains($"which were applied last, are attached instead: {_two} ", restored.Error, StringComparison.Ordinal);
        Assert.Contains("udp dport 53", Tool.Run(SkepBinary.Path, "filter", "show", _two), StringComparison.Ordinal);
        Assert.Equal(one, ProgramOf(_one));
    }

    [Fact]
    public void A_table_whose_file_is_gone_is_removed_with_prune_only()
    {
        Apply("--prune").Succeeds();
        File.Delete(FileOf(_two));
        Assert.Equal($"skep: table {_one}: unchanged\n", Apply().Error);
        string removed = $", as no file of {_directory} has it any more\n";
        Assert.Equal(
            (0, $"skep: table {_one}: unchanged\nskep: table {_two}: would be removed{removed}"),
            Codes(Apply("--prune", "--dry-run")));
        Assert.NotEqual(0u, ProgramOf(_two));
        Assert.Equal((0, $"skep: table {_one}: unchanged\nskep: table {_two}: removed{removed}"), Codes(Apply("--prune")));
        Assert.Equal(1, SkepBinary.Run("filter", "show", _two).Code);
        Assert.False(Directory.Exists($"/run/skep/filter/{_two}"));
        Assert.False(Directory.Exists($"/run/skep/bpf/{_two}"));
        Assert.Equal((0, $"skep: table {_one}: unchanged\n"), Codes(Apply("--prune")));
    }

    [Fact]
    public void A_table_of_another_directory_or_of_its_file_alone_is_not_removed()
    {
        string other = Directory.CreateDirectory(_scratch.File("other.d")).FullName;
        File.Move(FileOf(_two), Path.Combine(other, "two.skep"));
        SkepBinary.Run("filter", "apply", other, "--netns", _network.Name).Succeeds();
        Apply("--prune").Succeeds();
        Assert.Equal(other, Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _two, "-j")).Text("directory"));

        // The file is in the directory, and was applied by itself.
        File.Move(Path.Combine(other, "two.skep"), FileOf(_two));
        SkepBinary.Run("filter", "apply", FileOf(_two), "--netns", _network.Name).Succeeds();
        Assert.False(Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _two, "-j")).TryGetProperty("directory", out _));
        File.Delete(FileOf(_two));
        Assert.Equal((0, $"skep: table {_one}: unchanged\n"), Codes(Apply("--prune")));
        Assert.NotEqual(0u, ProgramOf(_two));
        Assert.Equal("", Tool.Run(SkepBinary.Path, "filter", "diff", _directory));

        Outcome file = SkepBinary.Run("filter", "apply", FileOf(_one), "--prune");
        Assert.Equal((2, $"skep: error: applying {FileOf(_one)}: --prune is of a directory of rule files (leave it out)\n"), Codes(file));
    }

    [Fact]
    public void A_table_that_is_removed_leaves_a_device_to_one_that_is_applied_or_keeps_all()
    {
        File.Delete(FileOf(_two));
        Write(_one, "v0, v1", "set blocked { type ipv4_addr; elements = { 192.0.2.1 } }\nip saddr @blocked drop\ntcp dport 22 drop");
        Apply().Succeeds();
        File.Move(FileOf(_one), FileOf(_two));
        Write(_two, "v0", "udp dport 53 drop");
        Outcome refused = Apply();
        Assert.Equal(1, refused.Code);
        Assert.Contains($"(of table {_one}, ", refused.Error, StringComparison.Ordinal);

        // The device is taken, and given back with all that is known of its table.
        string before = Tool.Run(SkepBinary.Path, "filter", "show", _one, "--format");
        string last = $"z{_two}"[..20];
        File.WriteAllText(Path.Combine(_directory, "zlast.skep"), $"table {last} {{\ndevices = {{ v9 }}\nudp dport 54 drop\n}}\n");
        Outcome failed = Apply("--prune");
        Assert.Equal(1, failed.Code);
        Assert.Contains("v9", failed.Error, StringComparison.Ordinal);
        Assert.Equal(before, Tool.Run(SkepBinary.Path, "filter", "show", _one, "--format"));
        Assert.Equal(2, Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _one, "-j")).GetProperty("devices").GetArrayLength());
        Assert.Equal(1, SkepBinary.Run("filter", "show", _two).Code);

        File.Delete(Path.Combine(_directory, "zlast.skep"));
        Assert.Equal((0, $"skep: table {_one}: removed, as no file of {_directory} has it any more\n"), Codes(Apply("--prune")));
        Assert.Equal(1, SkepBinary.Run("filter", "show", _one).Code);
        JsonElement device = Assert.Single(
            Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _two, "-j")).GetProperty("devices").EnumerateArray());
        Assert.Equal("v0", device.Text("device"));
        Assert.DoesNotContain("xdp", Tool.Run("ip", "-n", _network.Name, "link", "show", "v1"), StringComparison.Ordinal);
        Assert.Contains("xdp", Tool.Run("ip", "-n", _network.Name, "link", "show", "v0"), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_removed_where_a_file_does_not_check_or_none_is_there()
    {
        Apply().Succeeds();
        File.Delete(FileOf(_two));
        File.WriteAllText(FileOf(_one), "table");
        Assert.Equal(2, Apply("--prune").Code);
        File.Delete(FileOf(_one));
        Outcome empty = Apply("--prune");
        Assert.Equal(2, empty.Code);
        Assert.Contains("no file of it ends in .skep", empty.Error, StringComparison.Ordinal);
        Assert.NotEqual((0u, 0u), (ProgramOf(_one), ProgramOf(_two)));
    }

    [Fact]
    public void A_directory_is_compared_file_by_file()
    {
        Assert.Equal(
            $"+table {_one}: it is not applied ({FileOf(_one)})\n+table {_two}: it is not applied ({FileOf(_two)})\n",
            Tool.Run(SkepBinary.Path, "filter", "diff", _directory));
        Apply().Succeeds();
        Outcome same = SkepBinary.Run("filter", "diff", _directory + "/", "--exit-code");
        Assert.Equal((0, "", ""), (same.Code, same.Output, same.Error));
        Write(_one, "v0", "set blocked { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 } }\nip saddr @blocked drop\ntcp dport 23 drop");
        File.Delete(FileOf(_two));
        Outcome other = SkepBinary.Run("filter", "diff", _directory, "--exit-code");
        Assert.Equal(
            (1, $" table {_one} {{\n-    tcp dport 22 drop\n+    tcp dport 23 drop\n }}\n"
                + $"-table {_two}: no file of {_directory} has it any more\n", ""),
            (other.Code, other.Output, other.Error));
        JsonElement[] lines = [.. SkepBinary.Run("filter", "diff", _directory, "-j").Output.TrimEnd('\n').Split('\n').Select(Json.Parse)];
        Assert.Equal(
            [(_one, "replace", FileOf(_one)), (_two, "remove", "-")],
            lines.Select(line => (line.Text("table"), line.Text("change"), line.TryGetProperty("file", out JsonElement file)
                ? file.GetString() : "-")));
        Assert.Equal("tcp dport 23 drop", lines[0].GetProperty("rules").GetProperty("added")[0].GetString());

        File.WriteAllText(FileOf(_two), "table");
        Outcome mistake = SkepBinary.Run("filter", "diff", _directory);
        Assert.Equal((2, ""), (mistake.Code, mistake.Output));
        Assert.Contains($"{FileOf(_two)}:1:", mistake.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_whose_device_is_taken_for_a_time_comes_back_whole()
    {
        Apply().Succeeds();
        string before = Tool.Run(SkepBinary.Path, "filter", "show", _one, "--format");
        Write(_two, "v0", "udp dport 53 drop");
        Outcome taken = SkepBinary.Run("filter", "apply", FileOf(_two), "--netns", _network.Name, "--replace", "--confirm", "3s");
        Assert.True(taken.Code == 0, taken.Error);
        // Any other command cleans up behind the ones before.
        string third = $"c{_two}"[..20];
        File.WriteAllText(_scratch.File("third.skep"), $"table {third} {{\nudp dport 54 drop\n}}\n");
        SkepBinary.Run("filter", "apply", _scratch.File("third.skep"), "--dev", "v1", "--netns", _network.Name, "--dry-run");
        Outcome list = SkepBinary.Run("filter", "list");
        Assert.DoesNotContain("broken", list.Output + list.Error, StringComparison.Ordinal);
        await Task.Delay(TimeSpan.FromSeconds(4), TestContext.Current.CancellationToken);
        SkepBinary.Run("filter", "confirm", third);
        Assert.Equal(before, Tool.Run(SkepBinary.Path, "filter", "show", _one, "--format"));
    }

    [Fact]
    public async Task A_device_is_waited_for()
    {
        Write(_two, "later0", "udp dport 53 drop");
        Outcome late = Apply("--wait-device", "100ms");
        Assert.Equal(1, late.Code);
        Assert.Contains("waiting for later0: not there after 0.1 s", late.Error, StringComparison.Ordinal);
        Assert.Equal(1, SkepBinary.Run("filter", "show", _one).Code);
        Task<Outcome> waits = Task.Run(() => Apply("--wait-device", "60s"), TestContext.Current.CancellationToken);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Tool.Run("ip", "-n", _network.Name, "link", "add", "later0", "type", "veth", "peer", "name", "later1");
        (await waits).Succeeds();
        Assert.NotEqual(0u, ProgramOf(_two));
    }

    private string FileOf(string table) => Path.Combine(_directory, $"{table}.skep");

    private void Write(string table, string device, string rules) =>
        File.WriteAllText(FileOf(table), $"table {table} {{\ndevices = {{ {device} }}\n{rules}\n}}\n");

    private Outcome Apply(params string[] options) =>
        SkepBinary.Run(["filter", "apply", _directory, "--netns", _network.Name, .. options]);

    private static (int Code, string Error) Codes(Outcome outcome) => (outcome.Code, outcome.Error);

    private static uint ProgramOf(string table) => (uint)Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", table, "-j"))
        .GetProperty("devices")[0].Number("prog_id")!.Value;
}
