using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Live;

/// <summary>Commands that go on until they are stopped, and a reader of their output that leaves while nothing happens.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class LostReaderTests(LiveScene scene) : IClassFixture<LiveScene>
{
    [Theory]
    [InlineData("top -j --interval 1h")]
    [InlineData("watch --comm nobody_has_this")]
    [InlineData("filter stats TABLE --interval 1h")]
    [InlineData("filter log TABLE")]
    [InlineData("map watch pinned MAP --interval 1h")]
    [InlineData("map tap pinned RING")]
    public void A_reader_that_left_ends_it_though_there_is_nothing_to_write(string command)
    {
        Outcome outcome = Tool.Try(
            "bash", "-c", $"timeout 20 '{SkepBinary.Path}' {string.Join(' ', scene.Arguments(command))} | true; echo ${{PIPESTATUS[0]}}");
        Assert.Equal("0\n", outcome.Output);
        Assert.DoesNotContain("error", outcome.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void One_line_is_enough_for_head()
    {
        Outcome outcome = Tool.Try(
            "bash", "-c", $"timeout 20 '{SkepBinary.Path}' filter stats {scene.Table} --interval 100ms | head -1; echo ${{PIPESTATUS[0]}}");
        Assert.EndsWith("\n0\n", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2>&-")]
    [InlineData("2>/dev/full")]
    public void A_table_is_applied_and_confirmed_though_no_message_can_be_written(string redirection)
    {
        string apply = string.Join(' ', scene.ApplyAgain);
        Outcome outcome = Tool.Try(
            "sh",
            "-c",
            $"'{SkepBinary.Path}' {apply} --confirm 60s {redirection}; echo $?; '{SkepBinary.Path}' filter confirm {scene.Table} "
            + $"{redirection}; echo $?");
        Assert.Equal("0\n0\n", outcome.Output);
        Assert.DoesNotContain("to be confirmed", Tool.Run(SkepBinary.Path, "filter", "show", scene.Table), StringComparison.Ordinal);
    }
}
