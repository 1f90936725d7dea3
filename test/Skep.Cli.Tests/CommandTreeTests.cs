using System.CommandLine;

namespace Skep.Cli.Tests;

/// <summary>Each option of each command, used wrongly.</summary>
public sealed class CommandTreeTests
{
    private static IEnumerable<(string[] Words, Option Option)> Options() =>
        CommandLines.All(CommandTree.Create()).SelectMany(found => found.Command.Options.Where(o => o is not (System.CommandLine.Help.HelpOption or VersionOption)).Select(o => (found.Words, o)));

    [Fact]
    public void An_option_without_its_value_is_named()
    {
        int tried = 0;
        foreach ((string[] words, Option option) in Options().Where(found => found.Option.Arity.MinimumNumberOfValues > 0))
        {
            IReadOnlyList<string> errors = CommandLineErrors.Of(CommandTree.Parse([.. words, option.Name]));
            Assert.Equal([$"{option.Name} takes a value, and none is given"], errors);
            tried++;
        }

        Assert.True(tried > 30, $"only {tried} options");
    }

    [Fact]
    public void An_option_that_is_misspelt_is_named_with_the_one_meant()
    {
        foreach ((string[] words, Option option) in Options().Where(found => !found.Option.Hidden && found.Option.Name.Length > 6))
        {
            string misspelt = option.Name[..^2] + option.Name[^1] + option.Name[^2];
            if (misspelt == option.Name) misspelt = option.Name + "x";
            IReadOnlyList<string> errors = CommandLineErrors.Of(CommandTree.Parse([.. words, misspelt, "x"]));
            Assert.Contains(errors, error => error.StartsWith($"there is no option '{misspelt}' (did you mean --", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("filter", "stats", "--prometheus")]
    [InlineData("filter", "apply", "--dry-run", "F")]
    [InlineData("net", "--foo")]
    [InlineData("prog", "list", "--foo")]
    [InlineData("map", "dump", "id", "5", "--foo")]
    [InlineData("filter", "set", "add", "t", "s", "--foo")]
    public void An_option_that_there_is_not_is_no_argument(params string[] line)
    {
        string error = Assert.Single(CommandLineErrors.Of(CommandTree.Parse(line)));
        Assert.StartsWith($"there is no option '{line.First(word => word.StartsWith('-'))}'", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_value_is_reported_without_names_of_types()
    {
        foreach ((string[] words, Option option) in Options().Where(found => found.Option.Arity.MaximumNumberOfValues > 0))
        {
            foreach (string value in (string[])["", "\u0001", "abc", "-1", "99999999999999999999", "@x"])
                Assert.DoesNotContain(CommandLineErrors.Of(CommandTree.Parse([.. words, option.Name, value])), error => error.Contains("System.", StringComparison.Ordinal));
        }

        Assert.Contains("-n takes a number, not 'abc'", CommandLineErrors.Of(CommandTree.Parse(["watch", "-n", "abc"])));
    }
}
