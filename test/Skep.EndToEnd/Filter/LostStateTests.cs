using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>
/// Tables of which what is kept is lost, damaged or cannot be written are listed, do not hide others, and can be removed.
/// </summary>
public sealed class LostStateTests : IDisposable
{
    private const string Gate = "/run/skep/bpf/lost/gate";

    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();
    private readonly OwnRun _run = new("mode=0700,size=256k,nr_inodes=64");

    public void Dispose()
    {
        _run.Dispose();
        _network.Dispose();
        _scratch.Dispose();
    }

    // STATE is the file of the rules that act. The last is what list reports.
    public static TheoryData<string, string> Damages => new()
    {
        { "rm -rf /run/skep/filter/lost", "nothing is kept of the program on its devices" },
        { "truncate -s 100 STATE", "reading STATE: " },
        { "truncate -s 0 STATE", "reading STATE: " },
        { "head -c 4096 /dev/urandom >STATE", "reading STATE: " },
        { "echo null >STATE", "reading STATE: it holds nothing" },
        { "echo [] >STATE", "reading STATE: " },
        { "echo {} >STATE", "reading STATE: " },
        { "sed -i 's/\"table\":\"lost\"/\"table\":\"other\"/' STATE", "reading STATE: it is of table other" },
        { "sed -i 's/\"rules\":\\[/&null,/' STATE", "reading STATE: an entry is null" },
        { "sed -i 's/\"devices\":\\[/&null,/' STATE", "reading STATE: an entry is null" },
        { "sed -i 's/\"rules\":\\[[^]]*\\]/\"rules\":null/' STATE", "reading STATE: " },
        { "sed -i 's/\"ipv4_addr\"/\"ipv9_addr\"/' STATE", "reading STATE: a set has a type that is unknown" },
        { "sed -i 's/\"rules_map\":[0-9]*/\"rules_map\":4000000000/' STATE", "open map 4000000000" },
        { "echo garbage >/run/skep/filter/lost/changeover.json", "reading /run/skep/filter/lost/changeover.json: " },
        { "echo null >/run/skep/filter/lost/changeover.json", "reading /run/skep/filter/lost/changeover.json: it holds nothing" },
        { "echo '{\"before\":1,\"after\":2,\"to_confirm\":false,\"devices\":[{\"device\":\"a\",\"netns\":\"\",\"index\":1,"
                + "\"pin\":\"../x\",\"from\":0,\"stays\":true,\"taken_from\":\"\",\"pushed_out\":\"\"}]}' "
                + ">/run/skep/filter/lost/changeover.json", "a device has no link" },
        { "bpftool map create /run/skep/bpf/lost/link-1-1 type array key 4 value 4 entries 1 name foreign", "not a link" },
        { $"bpftool map create {Gate}-record type array key 4 value 4 entries 1 name foreign", $"reading {Gate}-record: " },
        { $"bpftool map create {Gate}-record type hash key 4 value 4 entries 1 name foreign", "it holds another" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void A_table_that_is_damaged_is_named_beside_the_others_and_can_be_removed(string damage, string reason)
    {
        Requires.Installed("bpftool");
        _run.Run(Apply("whole", "v1"));
        _run.Run(Apply("lost", "v0"));
        string state = _run.Shell("echo /run/skep/filter/lost/*.json").Trim();
        _run.Shell(damage.Replace("STATE", state, StringComparison.Ordinal));
        reason = reason.Replace("STATE", state, StringComparison.Ordinal);

        Outcome list = _run.Skep("filter", "list");
        Assert.Equal(1, list.Code);
        Assert.Contains("whole  v1 native\n", list.Output, StringComparison.Ordinal);
        string broken = Assert.Single(list.Output.Split('\n'), line => line.StartsWith("lost  broken: ", StringComparison.Ordinal));
        Assert.Contains(reason, broken, StringComparison.Ordinal);
        Outcome json = _run.Skep("filter", "list", "-j");
        JsonElement[] tables = [.. Json.Parse(json.Output).EnumerateArray()];
        Assert.Equal((1, 2), (json.Code, tables.Length));
        Assert.Contains(reason, tables.Single(t => t.Text("table") == "lost").Text("error"), StringComparison.Ordinal);
        Assert.Equal(2, tables.Single(t => t.Text("table") == "whole").Number("rules"));

        // The whole one can be changed, too.
        _run.Run("filter", "show", "whole");
        _run.Run("filter", "set", "add", "whole", "bad", "10.1.1.1");
        _run.Run(Apply("whole", "v1"));

        Outcome removed = _run.Skep("filter", "remove", "lost");
        Assert.True(removed.Code == 0, removed.Error);
        AssertRemoved("v0");
        Assert.Equal("whole  v1 native\n", _run.Run("filter", "list"));
        _run.Run(Apply("lost", "v0"));
        Assert.Equal("lost  v0 native\nwhole  v1 native\n", _run.Run("filter", "list"));
    }

    [Theory]
    [InlineData("truncate -s 100 /run/skep/filter/lost/changeover.json")]
    [InlineData("rm -r /run/skep/filter/lost")]
    [InlineData("rm /run/skep/filter/lost/changeover.json /run/skep/bpf/lost/gate-*")]
    [InlineData(
        "rm /run/skep/bpf/lost/gate-until && bpftool map create /run/skep/bpf/lost/gate-until type hash key 8 value 1 entries 1 name "
        + "foreign")]
    [InlineData(
        "rm /run/skep/bpf/lost/gate-until && bpftool map create /run/skep/bpf/lost/gate-until type array key 4 value 16 entries 1 name "
        + "foreign")]
    [InlineData("rm /run/skep/bpf/lost/link-*")]
    public void Rules_that_wait_and_whose_record_is_damaged_can_be_removed(string damage)
    {
        Requires.Installed("bpftool");
        _run.Run([.. Apply("lost", "v0", "v1"), "--confirm", "10m"]);
        _run.Shell(damage);
        _run.Skep("filter", "remove", "lost");
        AssertRemoved("v0", "v1");
        Assert.Equal("", _run.Run("filter", "list"));
        _run.Run(Apply("lost", "v0", "v1"));
    }

    [Theory]
    [InlineData("full", false)]
    [InlineData("full", true)]
    [InlineData("inodes", false)]
    [InlineData("inodes", true)]
    [InlineData("read-only", false)]
    [InlineData("read-only", true)]
    public void A_table_can_be_removed_when_nothing_can_be_written(string how, bool lost)
    {
        _run.Run(Apply("lost", "v0", "v1"));
        if (lost) _run.Shell("rm -r /run/skep/filter /run/skep/filter.lock");
        _run.Shell(how switch
        {
            "full" => "cat /dev/zero >/run/skep/fill 2>/dev/null || true",
            "inodes" => "i=0; while true >/run/skep/$i; do i=$((i + 1)); done 2>/dev/null || true",
            _ => "mount -o remount,ro /run/skep",
        });
        Outcome refused = _run.Skep(Apply("lost", "v0", "v1"));
        Assert.Equal(1, refused.Code);
        Assert.Contains(
            how == "read-only" ? "mount -o remount,rw" : "make space in the file system of /run/skep",
            refused.Error,
            StringComparison.Ordinal);
        Assert.Equal(2, Attached().Split("prog/xdp").Length - 1);
        Assert.Equal("", _run.Shell("find /run/skep/bpf -name 'gate-*'"));

        Outcome removed = _run.Skep("filter", "remove", "lost");
        Assert.True(removed.Code == 0, removed.Error);
        Assert.DoesNotContain("prog/xdp", Attached(), StringComparison.Ordinal);
        Assert.Equal("", _run.Shell("find /run/skep/bpf -mindepth 1 ! -name '*.debug'"));
        Assert.Equal((0, ""), (_run.Skep("filter", "list").Code, _run.Skep("filter", "list").Output));
        Assert.Equal(1, _run.Skep("filter", "remove", "lost").Code);

        _run.Shell(how == "read-only" ? "mount -o remount,rw /run/skep" : "find /run/skep -maxdepth 1 -type f -delete");
        _run.Run("filter", "list");
        AssertRemoved("v0", "v1");
        _run.Run(Apply("lost", "v0", "v1"));
    }

    private void AssertRemoved(params string[] devices)
    {
        foreach (string device in devices)
            Assert.DoesNotContain("prog/xdp", Tool.Run("ip", "-n", _network.Name, "-d", "link", "show", device), StringComparison.Ordinal);
        Assert.Equal("", _run.Shell("find /run/skep -path '*/lost*'"));
    }

    private string Attached() => Tool.Run("ip", "-n", _network.Name, "-d", "link", "show");

    private string[] Apply(string table, params string[] devices)
    {
        string file = _scratch.File($"{table}.skep");
        File.WriteAllText(file, $"table {table} {{\n set bad {{ type ipv4_addr; }}\n ip saddr @bad drop\n udp dport 7 drop\n}}\n");
        return ["filter", "apply", file, "--netns", _network.Name, .. devices.SelectMany(device => (string[])["--dev", device])];
    }
}
