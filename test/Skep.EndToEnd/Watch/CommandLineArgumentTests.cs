using System.Text;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>The command line of a caller, against what the process read of itself in /proc/self/cmdline.</summary>
public sealed class CommandLineArgumentTests
{
    private const int Limit = 512;

    private static readonly string Program = CProgram.Path("argv.c");

    [Theory]
    [InlineData("as")]
    [InlineData("as", "", "two words", "")]
    [InlineData("as", "\x1b[31m", "line\nend", "\u202e")]
    [InlineData("as", "\u00e9", "\u65e5\u672c")]
    [InlineData("none")]
    [InlineData("many", "1")]
    [InlineData("rewrite", "a secret")]
    [InlineData("title", "x")]
    public void Is_what_proc_shows(params string[] arguments)
    {
        Watched watched = SkepBinary.Watch("", [Program, .. arguments]).Succeeded();
        JsonElement e = watched.Only("map_create");
        Assert.Equal(Split(watched.Answers[0].Bytes("cmdline")), Argv(e));
        Assert.False(e.TryGetProperty("argv_truncated", out _));
        Assert.False(e.TryGetProperty("argv_reason", out _));
    }

    [Theory]
    [InlineData("46")]
    [InlineData("5000")]
    public void A_long_line_is_cut(string count)
    {
        Watched watched = SkepBinary.Watch("", Program, "many", count).Succeeded();
        JsonElement self = watched.Answers[0], e = watched.Only("map_create");
        Assert.True(self.Number("length") > Limit);
        Assert.Equal(Split(self.Bytes("cmdline")[..Limit]), Argv(e));
        Assert.True(e.GetProperty("argv_truncated").GetBoolean());
        Assert.Equal("longer than 512 bytes", e.Text("argv_reason"));
    }

    // A path that makes the line end at the limit, one byte before and one behind it.
    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public void The_limit_is_exact(int more)
    {
        string last = new('z', Limit + more - Program.Length - 1 - "as".Length - 1 - 1);
        Watched watched = SkepBinary.Watch("", Program, "as", last).Succeeded();
        JsonElement e = watched.Only("map_create");
        Assert.Equal(Limit + more, watched.Answers[0].Number("length"));
        Assert.Equal([Program, "as", last], Argv(e));
        Assert.Equal(more > 0, e.TryGetProperty("argv_truncated", out _));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_replaced()
    {
        Watched watched = SkepBinary.Watch("", "sh", "-c", $"exec {Program} as \"$(printf 'a\\377\\376b')\"").Succeeded();
        Assert.Equal([Program, "as", "a\ufffd\ufffdb"], Argv(watched.Only("map_create")));
    }

    [Fact]
    public void A_line_that_changes_is_shown_as_it_was_at_each_call()
    {
        Watched watched = SkepBinary.Watch("", Program, "twice", "end").Succeeded();
        JsonElement[] events = [.. watched.Of("map_create")];
        Assert.Equal([Program, "twice", "end"], Argv(events[0]));
        Assert.Equal([Program, "yyyyy", "end"], Argv(events[1]));
    }

    [Fact]
    public void A_line_that_is_not_in_memory_is_absent_with_the_reason()
    {
        JsonElement e = SkepBinary.Watch("", Program, "absent").Succeeded().Only("map_create");
        Assert.False(e.TryGetProperty("argv", out _));
        Assert.Equal("not in memory", e.Text("argv_reason"));
        Assert.Equal(Program, e.Text("exe"));
    }

    private static string[] Argv(JsonElement e) => [.. e.GetProperty("argv").EnumerateArray().Select(item => item.GetString()!)];

    private static string[] Split(byte[] line)
    {
        string text = Encoding.UTF8.GetString(line);
        if (text.Length == 0) return [];
        return (text[^1] == '\0' ? text[..^1] : text).Split('\0');
    }
}
