using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>Sets that are changed by lines as they come.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class SetFeedTests : IDisposable
{
    private const string Sets =
        "set four { type ipv4_addr; flags interval, timeout; size 100000; elements = { 203.0.113.9 } }\n"
        + "set six { type ipv6_addr; flags interval, timeout }\nip saddr @four drop\nip6 saddr @six drop\n";

    private readonly FilteredVeth _veth = new();

    public SetFeedTests() => _veth.Apply(Sets);

    public void Dispose() => _veth.Dispose();

    [Fact]
    public void Lines_are_applied_in_their_order_and_bad_ones_left_out()
    {
        Outcome fed = Feed(
            "add 192.0.2.7 1h\nadd 2001:db8::/32 timeout 1d # a network\n\nadd 10.0.0.0/8 3600\ndel 10.1.0.0/16\nadd 10.1.2.3\n"
            + "frob\nadd nonsense\ndel 198.51.100.1\ndel 203.0.113.9\n");
        Assert.Equal(2, fed.Code);
        Assert.Contains("standard input:7:1: error: not a line of a feed", fed.Error, StringComparison.Ordinal);
        Assert.Contains("standard input:8:5: error: not an element of set four", fed.Error, StringComparison.Ordinal);
        Assert.Equal(["10.0.0.0/16", "10.1.2.3", "10.2.0.0-10.255.255.255", "192.0.2.7"], Elements("four"));
        Assert.Equal(["2001:db8::/32"], Elements("six"));
        Feed("flush\nadd 192.0.2.8\n").Succeeds();
        Assert.Equal(["192.0.2.8"], Elements("four"));
        Assert.Empty(Elements("six"));
    }

    [Fact]
    public void A_batch_is_applied_whole_or_not_at_all()
    {
        Outcome fed = Feed(
            "begin\nadd 192.0.2.1\nadd x\ncommit\nbegin\nflush\nadd 192.0.2.2\nadd 2001:db8::2\ncommit\ncommit\n"
            + "begin\nadd 192.0.2.3\n",
            "-j");
        Assert.Equal(2, fed.Code);
        Assert.Contains("lines 1 to 4 are not applied: line 3 has an error", fed.Error, StringComparison.Ordinal);
        Assert.Contains("commit without a begin", fed.Error, StringComparison.Ordinal);
        Assert.Contains("ends without the commit of line 11", fed.Error, StringComparison.Ordinal);
        JsonNode[] done = [.. fed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
        Assert.Equal([(4, false), (9, true), (10, false)], done.Select(one => ((int)one["line"]!, (bool)one["applied"]!)));
        Assert.Equal((2, 0, true), ((int)done[1]["add"]!, (int)done[1]["del"]!, (bool)done[1]["flush"]!));
        Assert.Equal(["192.0.2.2"], Elements("four"));
        Assert.Equal(["2001:db8::2"], Elements("six"));
        // A line that does not fit takes nothing with it.
        string many = string.Concat(Enumerable.Range(0, 100_001).Select(i => 2 * i).Select(
            i => $"add 10.{i >> 16}.{(i >> 8) & 255}.{i & 255}\n"));
        Outcome full = Feed($"begin\n{many}commit\nadd 192.0.2.9\n");
        Assert.Equal(1, full.Code);
        Assert.Contains("has room for 100000", full.Error, StringComparison.Ordinal);
        Assert.Equal(["192.0.2.2", "192.0.2.9"], Elements("four"));
    }

    [Fact]
    public void A_line_that_is_too_long_ends_the_feed_behind_what_came_before()
    {
        Outcome fed = Feed($"add 192.0.2.1\nadd {new string('1', 5000)}\nadd 192.0.2.2\n");
        Assert.Equal(1, fed.Code);
        Assert.Contains("reading standard input: a line has more than 4096 bytes", fed.Error, StringComparison.Ordinal);
        Assert.Equal(["192.0.2.1", "203.0.113.9"], Elements("four"));
    }

    [Fact]
    public void What_was_fed_is_put_back_when_the_table_is_applied_again()
    {
        using Process feed = SkepBinary.Start("filter", "set", "feed", _veth.Table, "four,six", "-j");
        Say(feed, "add 192.0.2.1");
        Say(feed, "add 192.0.2.2");
        Say(feed, "del 192.0.2.1");
        Say(feed, "del 203.0.113.9");
        Assert.Equal(["192.0.2.2"], Elements("four"));
        _veth.Apply(Sets + "udp dport 9 drop\n");
        // The file's own elements are those of the file.
        Tool.Until(() => Elements("four") is ["192.0.2.2", "203.0.113.9"], "what was fed is put back");
        SkepBinary.Run("filter", "remove", _veth.Table).Succeeds();
        JsonNode kept = Say(feed, "add 2001:db8::1 1h");
        Assert.Equal((false, true), ((bool)kept["applied"]!, (bool)kept["kept"]!));
        _veth.Apply(Sets);
        Tool.Until(() => Elements("six") is ["2001:db8::1"] && Elements("four").Length == 2, "what was kept is put in");
        feed.StandardInput.Close();
        Assert.Contains("filters no device", feed.StandardError.ReadToEnd(), StringComparison.Ordinal);
        feed.WaitForExit();
        Assert.Equal(0, feed.ExitCode);
    }

    [Fact]
    public void Packets_are_decided_by_what_was_fed()
    {
        using Process feed = SkepBinary.Start("filter", "set", "feed", _veth.Table, "four", "-j");
        _veth.Send(1000);
        Assert.Equal(0, Dropped());
        Say(feed, "add 10.81.0.0/24 60");
        _veth.Send(1000);
        Tool.Until(() => Dropped() == 1, "a packet is dropped");
        Say(feed, "del 10.81.0.1");
        _veth.Send(1000);
        Assert.Equal(1, Dropped());
        feed.StandardInput.Close();
        feed.WaitForExit();
    }

    private long Dropped() =>
        (long)JsonNode.Parse(Tool.Run(SkepBinary.Path, "filter", "show", _veth.Table, "-j"))!["rules"]![0]!["packets"]!;

    private static JsonNode Say(Process feed, string line)
    {
        feed.StandardInput.WriteLine(line);
        feed.StandardInput.Flush();
        return JsonNode.Parse(feed.StandardOutput.ReadLine()!)!;
    }

    private Outcome Feed(string lines, params string[] options)
    {
        File.WriteAllText(_veth.File("lines"), lines);
        return Tool.Try(
            "sh",
            "-c",
            $"'{SkepBinary.Path}' filter set feed {_veth.Table} four,six {string.Join(' ', options)} < '{_veth.File("lines")}'");
    }

    private string[] Elements(string set) => _veth.Elements(set);
}
