using Skep.Cli.Completion;

namespace Skep.Cli.Tests.Completion;

/// <summary>What may stand where a word is typed, on a machine of the test's own.</summary>
public sealed class CompleterTests
{
    // The last word of each is being typed.
    [Theory]
    [InlineData("wat", "watch")]
    [InlineData("prog de", "decompile")]
    [InlineData("filter set d", "del")]
    [InlineData("filter show ", "edge inner")]
    [InlineData("filter show e", "edge")]
    [InlineData("filter apply x.skep --dev e", "eth0 eth1")]
    [InlineData("filter apply x.skep --netns ", "blue")]
    [InlineData("history filter --table in", "inner")]
    [InlineData("prog explain id ", "5 17")]
    [InlineData("prog explain id 1", "17")]
    [InlineData("prog explain name ", "my_prog")]
    [InlineData("prog explain tag ", "0011223344556677")]
    [InlineData("prog explain ", "id name tag pinned 5 17 :files")]
    [InlineData("prog explain pinned /sys", ":files")]
    [InlineData("map dump id ", "9")]
    [InlineData("link show id ", "3")]
    [InlineData("ui e", "events")]
    [InlineData("completion ", "bash zsh fish")]
    [InlineData("history alerts --severity c", "critical")]
    [InlineData("watch --cmd prog_l", "prog_load")]
    [InlineData("agent --config ", ":files")]
    [InlineData("watch --save ", ":directories")]
    [InlineData("watch -- ls ", ":files")]
    [InlineData("filter check ", ":files")]
    [InlineData("nonsense ", "")]
    [InlineData("filter show edge ", "")]
    [InlineData("watch --exclude ", "")]
    public void Words_are_those_that_may_stand_there(string line, string words) =>
        Assert.Equal(words, string.Join(' ', Of(line).Select(one => one.Word)));

    [Theory]
    [InlineData("watch --dur", "--duration")]
    [InlineData("prog list --js", "--json")]
    [InlineData("filter stats edge --int", "--interval")]
    public void Options_are_those_of_the_command(string line, string option) => Assert.Equal(option, Assert.Single(Of(line)).Word);

    [Fact]
    public void Each_command_and_option_is_offered_with_what_it_means()
    {
        foreach ((System.CommandLine.Command command, string[] words) in CommandLines.All(CommandTree.Create()))
        {
            if (words.Length == 0) continue;
            Candidate[] above = [.. Of(string.Join(' ', words[..^1].Append("")))];
            if (!command.Hidden) Assert.Contains(above, one => one.Word == words[^1] && one.Meaning.Length > 0);
            string[] offered = [.. Of($"{string.Join(' ', words)} -").Select(one => one.Word)];
            Assert.All(command.Options.Where(option => !option.Hidden), option => Assert.Contains(option.Name, offered));
        }
    }

    [Fact]
    public void What_an_object_is_stands_behind_its_id() =>
        Assert.Equal([new("5", "xdp my_prog"), new("17", "tracing")], Of("prog explain id "));

    private static IReadOnlyList<Candidate> Of(string line) =>
        new Completer(CommandTree.Create(), new Machine()).Of(line.Split(' '));

    private sealed class Machine : IKnownWords
    {
        public IReadOnlyList<string> Tables => ["edge", "inner"];

        public IReadOnlyList<string> Devices => ["eth0", "eth1", "lo"];

        public IReadOnlyList<string> Namespaces => ["blue"];

        public IReadOnlyList<KnownObject> Objects(string kind) => kind switch
        {
            "PROG" => [new(5, "xdp", "my_prog", "0011223344556677"), new(17, "tracing", "")],
            "MAP" => [new(9, "hash", "my_map")],
            "LINK" => [new(3, "xdp", "")],
            _ => [],
        };
    }
}
