using System.Text.RegularExpressions;
using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Guard.Syntax;

namespace Skep.Guard.Tests;

/// <summary>docs/guard.md and the policies that are shipped are what the code is.</summary>
public sealed partial class ReferenceTests
{
    private static readonly string Page = Repository.Read("docs/guard.md");

    public static TheoryData<string> Examples => [.. Example().Matches(Page).Select(match => match.Groups[1].Value)];

    public static TheoryData<string> Shipped =>
        [.. Directory.GetFiles(Repository.File("packaging/guard"), "*.toml").Select(path => Path.GetFileName(path)!).Order()];

    [Theory]
    [MemberData(nameof(Examples))]
    public void Each_example_is_a_policy(string example) =>
        PolicyText.Read(example.Contains("[policy]", StringComparison.Ordinal) ? example : PolicyText.Header + example);

    [Fact]
    public void Each_condition_is_documented_with_its_operations()
    {
        (string Key, string At)[] rows = [.. ConditionRow().Matches(Section("## Conditions"))
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value))];
        Assert.Equal(
            ConditionInfo.All.Select(info => (info.Key, info.Operations == GuardOperations.All ? "all"
                : string.Join(", ", OperationNames.Of(info.Operations).Select(name => $"`{name}`")))), rows);
    }

    [Fact]
    public void Each_operation_is_documented_with_its_commands()
    {
        (string Name, string[] Commands)[] rows = [.. OperationRow().Matches(Section("## Operations"))
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value.Split(", ").Select(c => c.Trim('`')).ToArray()))];
        Assert.Equal(OperationNames.Names, rows.Select(row => row.Name));
        Assert.All(
            rows.SelectMany(row => row.Commands, (row, command) => (row.Name, Command: command)),
            one => Assert.Contains(one.Name, OperationNames.Of(OperationNames.OfCommand(one.Command))));
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Each_policy_that_is_shipped_is_documented(string file)
    {
        Policy policy = PolicyFile.Read(new SourceText(file, Repository.Read($"packaging/guard/{file}"))).Policy!;
        Assert.Equal(Path.GetFileNameWithoutExtension(file), policy.Name);
        Assert.Contains($"| `{policy.Name}` | {policy.Default.Name()} |", Page, StringComparison.Ordinal);

        // Anyone can give any name.
        Assert.DoesNotContain(policy.Rules.SelectMany(rule => rule.Conditions), condition => condition.Kind == ConditionKind.ProgName);
    }

    [Fact]
    public void Four_policies_are_shipped() => Assert.Equal(4, Shipped.Count);

    [Fact]
    public void The_built_in_policy_is_documented_and_its_name_taken()
    {
        Assert.Contains(BuiltInPolicy.Text.Trim(), Page, StringComparison.Ordinal);
        Assert.Equal(BuiltInPolicy.Name, BuiltInPolicy.Read().Name);
        PolicyFile taken = Assert.Single(PolicyFile.WithTwins([PolicyFile.Read(new SourceText("mine.toml", BuiltInPolicy.Text))]));
        Assert.Contains("a policy built-in is in skep already", Assert.Single(taken.Diagnostics).Message, StringComparison.Ordinal);
    }

    private static string Section(string title)
    {
        int start = Page.IndexOf(title + "\n", StringComparison.Ordinal);
        int end = Page.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return Page[start..end];
    }

    [GeneratedRegex(@"^```toml\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"^\| `(\w+)` \| .* \| ([^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex ConditionRow();

    [GeneratedRegex(@"^\| `(\w+)` \| (`.*`) \|$", RegexOptions.Multiline)]
    private static partial Regex OperationRow();
}
