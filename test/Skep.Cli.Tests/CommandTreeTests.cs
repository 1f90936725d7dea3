using System.CommandLine;
using Skep.Cli.Help;
using Skep.Cli.Options;

namespace Skep.Cli.Tests;

/// <summary>Each option of each command, used wrongly.</summary>
public sealed class CommandTreeTests
{
    public static TheoryData<string> Commands => [.. Paths(_ => true)];

    public static TheoryData<string> Demanding => [.. Paths(command => IsLeaf(command) && command.Arguments.Any(IsRequired))];

    public static TheoryData<string> Bounded =>
        [.. Paths(command => IsLeaf(command) && command.Arguments.All(argument => argument.Arity.MaximumNumberOfValues <= 1))];

    public static TheoryData<string, string> ValueOptions => Rows(option => option.Arity.MinimumNumberOfValues > 0);

    public static TheoryData<string, string> SingleValueOptions =>
        Rows(option => option.Arity is { MinimumNumberOfValues: > 0, MaximumNumberOfValues: 1 });

    public static TheoryData<string, string> Flags => Rows(option => option.Arity.MinimumNumberOfValues == 0);

    public static TheoryData<string, string> FlagsWithoutArguments => Rows(option => option.Arity.MinimumNumberOfValues == 0,
        command => command is { Subcommands.Count: 0, Arguments.Count: 0 });

    public static TheoryData<string, string> LongNames => Rows(option => !option.Hidden && option.Name.Length > 6);

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_is_given_whatever_is_missing(string path)
    {
        Assert.Empty(Errors(path, "--help"));
        Assert.Empty(Errors(path, "-h"));
    }

    [Theory]
    [MemberData(nameof(ValueOptions))]
    public void An_option_without_its_value_is_named(string path, string name)
    {
        Option option = Of(path, name);
        Assert.Equal([$"{option.Name} takes {OptionValues.Describe(option)}, and none is given"], Errors(path, option.Name));
        Assert.NotEqual("a value", OptionValues.Describe(option));
    }

    [Fact]
    public void There_are_many_options_with_a_value() => Assert.True(ValueOptions.Count > 30, $"only {ValueOptions.Count} options");

    [Theory]
    [MemberData(nameof(LongNames))]
    public void An_option_that_is_misspelt_is_named_with_the_one_meant(string path, string name)
    {
        string misspelt = name[..^2] + name[^1] + name[^2];
        if (misspelt == name) misspelt = name + "x";
        Assert.Contains(Errors(path, misspelt, "x"), error =>
            error.StartsWith($"there is no option '{misspelt}' (did you mean --", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("filter", "stats", "--prometheus")]
    [InlineData("filter", "apply", "--dryrun", "F")]
    [InlineData("net", "--foo")]
    [InlineData("prog", "list", "--foo")]
    [InlineData("map", "dump", "id", "5", "--foo")]
    [InlineData("filter", "set", "add", "t", "s", "--foo")]
    public void An_option_that_there_is_not_is_no_argument(params string[] line)
    {
        string error = Assert.Single(CommandLineErrors.Of(CommandTree.Parse(line)));
        Assert.StartsWith($"there is no option '{line.First(word => word.StartsWith('-'))}'", error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(SingleValueOptions))]
    public void An_option_that_is_given_twice_is_named_with_what_it_takes(string path, string name)
    {
        // Each by another of its names, where it has several.
        Option option = Of(path, name);
        string second = option.Aliases.FirstOrDefault() ?? option.Name;
        Assert.All((string[])["1", "x"], value => Assert.Equal(
            [$"{option.Name} is given 2 times, and takes one value ({OptionValues.Describe(option)})"],
            Errors(path, option.Name, value, second, value)));
    }

    [Theory]
    [MemberData(nameof(Flags))]
    public void A_flag_that_is_given_twice_is_named(string path, string name)
    {
        string second = Of(path, name).Aliases.FirstOrDefault() ?? name;
        Assert.Equal([$"{name} is given 2 times (once is enough)"], Errors(path, name, second));
    }

    [Theory]
    [MemberData(nameof(FlagsWithoutArguments))]
    public void A_flag_with_a_value_is_named(string path, string name) =>
        Assert.Equal([$"skep {path} takes no arguments, and {name} no value: 'maybe' is too many"], Errors(path, $"{name}=maybe"));

    [Theory]
    [MemberData(nameof(ValueOptions))]
    public void A_wrong_value_is_reported_with_its_option_and_what_that_takes(string path, string name)
    {
        string[] free = ["FILE", "DIR", "DEV", "IF", "NAME", "NAME|PID|PATH", "ID", "RULE", "TEXT", "STRUCT", "FIELD=LOW-HIGH",
            "PATTERN", "CGROUP", "COMMAND", "FILE|DIR", "EXPR", "PROG", "URL"];
        Option option = Of(path, name);
        Assert.All((string[])["", "\u0001", "abc", "-1", "99999999999999999999", "@x", "a' for option 'b"], value =>
        {
            IReadOnlyList<string> errors = Errors(path, name, value);
            Assert.DoesNotContain(errors, error =>
                error.Contains("System.", StringComparison.Ordinal) || error.Contains("nrecognized", StringComparison.Ordinal));
            if (free.Contains(option.HelpName) || (value.Length == 0 && option.HelpName is "CMD" or "TYPE") || value == "-1") return;
            Assert.True(errors.Any(error => error.StartsWith($"{name} takes ", StringComparison.Ordinal)),
                $"skep {path} {name} '{value}': {string.Join("; ", errors)}");
        });
    }

    [Fact]
    public void A_number_that_is_none_is_quoted() => Assert.Contains("-n takes a number, not 'abc'", Errors("watch", "-n", "abc"));

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

    [Theory]
    [MemberData(nameof(Demanding))]
    public void An_argument_that_lacks_is_named(string path)
    {
        Argument missing = Of(path).Arguments.First(IsRequired);
        Assert.StartsWith($"skep {path} wants {missing.Name}: ", Errors(path)[0], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Bounded))]
    public void Arguments_that_are_too_many_are_named(string path)
    {
        IList<Argument> arguments = Of(path).Arguments;
        string[] values = [.. arguments.Select(argument => argument.Name == "KIND" ? "nft" : "x")];
        string takes = values.Length == 0 ? "takes no arguments"
            : $"takes {string.Join(' ', arguments.Select(argument => argument.Name))} and no more";
        Assert.Equal([$"skep {path} {takes}: 'extra' is too many"], Errors(path, [.. values, "extra"]));
    }

    private static IReadOnlyList<string> Errors(string path, params string[] rest) =>
        CommandLineErrors.Of(CommandTree.Parse([.. Words(path), .. rest]));

    private static bool IsLeaf(Command command) => command.Subcommands.Count == 0;

    private static bool IsRequired(Argument argument) => argument.Arity.MinimumNumberOfValues > 0;

    private static string[] Words(string path) => path.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Command Of(string path) => CommandLines.All(CommandTree.Create()).First(found => Path(found.Words) == path).Command;

    private static Option Of(string path, string name) => Of(path).Options.Single(option => option.Name == name);

    private static string Path(string[] words) => string.Join(' ', words);

    private static IEnumerable<string> Paths(Func<Command, bool> which) =>
        CommandLines.All(CommandTree.Create()).Where(found => which(found.Command)).Select(found => Path(found.Words));

    private static TheoryData<string, string> Rows(Func<Option, bool> which, Func<Command, bool>? of = null) =>
        [.. CommandLines.All(CommandTree.Create()).Where(found => of?.Invoke(found.Command) ?? true).SelectMany(found =>
            found.Command.Options.Where(option => option is not (System.CommandLine.Help.HelpOption or VersionOption) && which(option))
                .Select(option => (Path(found.Words), option.Name)))];
}
