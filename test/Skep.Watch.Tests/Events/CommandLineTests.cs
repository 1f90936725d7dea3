using System.Text;
using System.Text.Json;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Events;

public sealed class CommandLineTests
{
    [Fact]
    public void Arguments_end_with_NUL()
    {
        Assert.Equal(["bpftool", "prog", "", "list"], Of("bpftool\0prog\0\0list\0"u8).Arguments);
        Assert.Equal([""], Of("\0"u8).Arguments);
        Assert.Equal(["", ""], Of("\0\0"u8).Arguments);
        Assert.Empty(Of([]).Arguments!);
    }

    [Fact]
    public void A_line_that_the_process_rewrote_is_one_argument() =>
        Assert.Equal(["nginx: worker process"], Of("nginx: worker process"u8).Arguments);

    [Fact]
    public void A_line_that_is_cut_is_marked()
    {
        CommandLine line = Of("tool\0lon"u8, ArgvState.Cut);
        Assert.Equal(["tool", "lon"], line.Arguments);
        Assert.True(line.IsTruncated);
        Assert.Equal("longer than 512 bytes", line.Reason);
        JsonElement json = Json(line);
        Assert.True(json.GetProperty("argv_truncated").GetBoolean());
        Assert.Equal("longer than 512 bytes", json.GetProperty("argv_reason").GetString());
        Assert.Contains("  arguments             tool lon ... (longer than 512 bytes)\n", Block(line), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_could_not_be_read_has_a_reason()
    {
        JsonElement nothing = Json(Of([], ArgvState.Unread));
        Assert.False(nothing.TryGetProperty("argv", out _));
        Assert.False(nothing.TryGetProperty("argv_truncated", out _));
        Assert.Equal("not in memory", nothing.GetProperty("argv_reason").GetString());
        Assert.Contains("  arguments             (not in memory)\n", Block(Of([], ArgvState.Unread)), StringComparison.Ordinal);

        JsonElement part = Json(Of("a\0b"u8, ArgvState.Unread));
        Assert.Equal(["a", "b"], part.GetProperty("argv").EnumerateArray().Select(item => item.GetString()));
        Assert.True(part.GetProperty("argv_truncated").GetBoolean());
        Assert.Equal("the rest was not in memory", part.GetProperty("argv_reason").GetString());

        Assert.Equal("the task has no memory of its own", Json(Of([], ArgvState.None)).GetProperty("argv_reason").GetString());
    }

    [Fact]
    public void A_whole_line_has_neither_mark_nor_reason()
    {
        JsonElement json = Json(Of("a\0b\0"u8));
        Assert.Equal(2, json.GetProperty("argv").GetArrayLength());
        Assert.False(json.TryGetProperty("argv_truncated", out _));
        Assert.False(json.TryGetProperty("argv_reason", out _));
        Assert.Equal(0, Json(Of([])).GetProperty("argv").GetArrayLength());
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "\"\"")]
    [InlineData("two words", "\"two words\"")]
    [InlineData("a\"b", "\"a\\\"b\"")]
    [InlineData("\x1b[31mred", @"\x1b[31mred")]
    [InlineData("line\nend", @"line\x0aend")]
    [InlineData("back\\slash", @"back\\slash")]
    [InlineData("\u202egnp", @"\u202egnp")]
    public void Text_is_safe_for_a_terminal_and_shows_where_an_argument_ends(string argument, string shown)
    {
        string block = Block(Of(Encoding.UTF8.GetBytes($"tool\0{argument}\0")));
        Assert.Contains($"  arguments             tool {shown}\n", block, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_no_text_become_replacement_characters()
    {
        CommandLine line = Of([(byte)'a', 0xff, 0xfe, 0, 0xc3, 0]);
        Assert.Equal(["a\ufffd\ufffd", "\ufffd"], line.Arguments);
        Assert.Equal("a\ufffd\ufffd", Json(line).GetProperty("argv")[0].GetString());
    }

    private static CommandLine Of(ReadOnlySpan<byte> bytes, ArgvState state = ArgvState.Whole) => CommandLine.Of(bytes, state);

    private static BpfEvent Event(CommandLine line) =>
        SampleEvents.Load with { Process = SampleEvents.Process with { CommandLine = line } };

    private static JsonElement Json(CommandLine line)
    {
        using var stream = new MemoryStream();
        using var writer = new JsonEventWriter(stream, withInsns: false);
        writer.Write(Event(line));
        writer.Flush();
        return JsonDocument.Parse(stream.ToArray()).RootElement;
    }

    private static string Block(CommandLine line)
    {
        using var text = new StringWriter();
        new TextEventWriter(text, TextDetail.Block, withInsns: false, colour: false).Write(Event(line));
        return text.ToString();
    }
}
