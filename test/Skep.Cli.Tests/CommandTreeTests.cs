using System.CommandLine;
using Skep.Cli.Help;
using Skep.Cli.Options;

namespace Skep.Cli.Tests;

/// <summary>Each option of each command, used wrongly.</summary>
public sealed class CommandTreeTests
{
    private static IEnumerable<(string[] Words, Option Option)> Options() =>
        CommandLines.All(CommandTree.Create()).SelectMany(found => found.Command.Options
            .Where(o => o is not (System.CommandLine.Help.HelpOption or VersionOption)).Select(o => (found.Words, o)));

    [Fact]
    public void Help_is_given_whatever_is_missing()
    {
        foreach ((_, string[] words) in CommandLines.All(CommandTree.Create()))
            foreach (string help in (string[])["--help", "-h"])
                Assert.Empty(CommandLineErrors.Of(CommandTree.Parse([.. words, help])));
    }

    [Fact]
    public void An_option_without_its_value_is_named()
    {
        int tried = 0;
        foreach ((string[] words, Option option) in Options().Where(found => found.Option.Arity.MinimumNumberOfValues > 0))
        {
            IReadOnlyList<string> errors = CommandLineErrors.Of(CommandTree.Parse([.. words, option.Name]));
            Assert.Equal([$"{option.Name} takes {OptionValues.Describe(option)}, and none is given"], errors);
            Assert.NotEqual("a value", OptionValues.Describe(option));
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
            Assert.Contains(errors, error =>
                error.StartsWith($"there is no option '{misspelt}' (did you mean --", StringComparison.Ordinal));
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
    public void An_option_that_is_given_twice_is_named_with_what_it_takes()
    {
        foreach ((string[] words, Option option) in Options()
            .Where(found => found.Option.Arity is { MinimumNumberOfValues: > 0, MaximumNumberOfValues: 1 }))
        {
            // Each by another of its names, where it has several.
            string second = option.Aliases.FirstOrDefault() ?? option.Name;
            foreach (string value in (string[])["1", "x"])
                Assert.Equal([$"{option.Name} is given 2 times, and takes one value ({OptionValues.Describe(option)})"],
                    CommandLineErrors.Of(CommandTree.Parse([.. words, option.Name, value, second, value])));
        }
    }

    [Fact]
    public void A_flag_that_is_given_twice_or_with_a_value_is_named()
    {
        foreach ((string[] words, Option option) in Options().Where(found => found.Option.Arity.MinimumNumberOfValues == 0))
        {
            string second = option.Aliases.FirstOrDefault() ?? option.Name;
            Assert.Equal([$"{option.Name} is given 2 times (once is enough)"],
                CommandLineErrors.Of(CommandTree.Parse([.. words, option.Name, second])));
            IReadOnlyList<string> errors = CommandLineErrors.Of(CommandTree.Parse([.. words, $"{option.Name}=maybe"]));
            if (Of(words) is not { Subcommands.Count: 0, Arguments.Count: 0 }) continue;
            Assert.Equal(
                [$"skep {string.Join(' ', words)} takes no arguments, and {option.Name} no value: 'maybe' is too many"], errors);
        }
    }

    [Fact]
    public void A_wrong_value_is_reported_with_its_option_and_what_that_takes()
    {
        string[] free = ["FILE", "DIR", "DEV", "IF", "NAME", "NAME|PID|PATH", "ID", "TEXT", "STRUCT"];
        foreach ((string[] words, Option option) in Options().Where(found => found.Option.Arity.MinimumNumberOfValues > 0))
        {
            foreach (string value in (string[])["", "\u0001", "abc", "-1", "99999999999999999999", "@x", "a' for option 'b"])
            {
                IReadOnlyList<string> errors = CommandLineErrors.Of(CommandTree.Parse([.. words, option.Name, value]));
                Assert.DoesNotContain(errors, error =>
                    error.Contains("System.", StringComparison.Ordinal) || error.Contains("nrecognized", StringComparison.Ordinal));
                if (free.Contains(option.HelpName) || (value.Length == 0 && option.HelpName is "CMD" or "TYPE") || value == "-1") continue;
                Assert.True(errors.Any(error => error.StartsWith($"{option.Name} takes ", StringComparison.Ordinal)),
                    $"skep {string.Join(' ', words)} {option.Name} '{value}': {string.Join("; ", errors)}");
            }
        }

        Assert.Contains("-n takes a number, not 'abc'", CommandLineErrors.Of(CommandTree.Parse(["watch", "-n", "abc"])));
    }

    [Theory]
    [InlineData("--cmd takes the names of commands, and there is no command 'porg_load' (did you mean prog_load?)", "watch", "--cmd",
        "map_create,porg_load")]
    [InlineData("--type takes the names of types, and there is no type 'rinbuf' (did you mean ringbuf?)", "watch", "--type", "rinbuf")]
    [InlineData("--mode takes the names of modes, and there is no mode 'actoins' (did you mean actions?)", "filter", "stats", "--mode",
        "actoins")]
    [InlineData("--track takes sources, ports, sizes or none, not 'prots' (did you mean ports?)", "filter", "apply", "F", "--track",
        "sources,prots")]
    [InlineData("--cfg takes dot or svg, not 'dto' (did you mean dot?)", "prog", "dump", "5", "--cfg", "dto")]
    [InlineData("KIND takes nft, iptables-save or ip6tables-save, not 'iptable-save' (did you mean iptables-save?)", "filter", "import",
        "iptable-save", "F")]
    public void The_nearest_of_the_words_that_there_are_is_suggested(string message, params string[] line) =>
        Assert.Equal([message], CommandLineErrors.Of(CommandTree.Parse(line)));

    [Fact]
    public void Arguments_that_lack_or_are_too_many_are_named()
    {
        foreach ((Command command, string[] words) in CommandLines.All(CommandTree.Create())
            .Where(found => found.Command.Subcommands.Count == 0))
        {
            string path = $"skep {string.Join(' ', words)}";
            if (command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0) is { } missing)
                Assert.StartsWith($"{path} wants {missing.Name}: ", CommandLineErrors.Of(CommandTree.Parse(words))[0],
                    StringComparison.Ordinal);
            if (command.Arguments.Any(argument => argument.Arity.MaximumNumberOfValues > 1)) continue;
            string[] values = [.. command.Arguments.Select(argument => argument.Name == "KIND" ? "nft" : "x")];
            string takes = values.Length == 0 ? "takes no arguments"
                : $"takes {string.Join(' ', command.Arguments.Select(argument => argument.Name))} and no more";
            Assert.Equal([$"{path} {takes}: 'extra' is too many"], CommandLineErrors.Of(CommandTree.Parse([.. words, .. values, "extra"])));
        }
    }

    private static Command Of(string[] words) =>
        CommandLines.All(CommandTree.Create()).First(found => found.Words.SequenceEqual(words)).Command;
}
