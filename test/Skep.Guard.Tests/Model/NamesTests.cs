using System.Text.RegularExpressions;
using Skep.Guard.Model;

namespace Skep.Guard.Tests.Model;

/// <summary>The words of policies are those of the kernel and of the documentation.</summary>
public sealed partial class NamesTests
{
    [Fact]
    public void Findings_are_those_of_the_documentation() =>
        Assert.Equal(FindingRow().Matches(Repository.Read("docs/explain.md")).Select(match => match.Groups[1].Value), FindingNames.All);

    [Fact]
    public void Capabilities_are_those_of_the_kernel()
    {
        const string header = "/usr/include/linux/capability.h";
        (string Name, int Number)[] defined = [.. Capability().Matches(File.ReadAllText(header))
            .Select(match => (match.Groups[1].Value, int.Parse(match.Groups[2].Value))).OrderBy(each => each.Item2)];
        Assert.True(defined.Length > 40);
        Assert.Equal(defined.Select(each => each.Name), CapabilityNames.All.Take(defined.Length));
        Assert.Equal(Enumerable.Range(0, defined.Length), defined.Select(each => each.Number));
    }

    [Fact]
    public void Kinds_of_conditions_are_in_their_order()
    {
        Assert.Equal(Enum.GetValues<ConditionKind>(), ConditionInfo.All.Select(info => info.Kind));
        Assert.Distinct(ConditionInfo.All.Select(info => info.Key));
    }

    [Fact]
    public void Numbers_are_those_of_the_kernel_side()
    {
        string header = Repository.Read("bpf/include/skep_guard.h");
        Assert.All(
            ConditionInfo.All,
            info => Assert.Contains($"SKEP_GUARD_{info.Key.ToUpperInvariant()} = {(int)info.Kind},", header, StringComparison.Ordinal));
        Assert.All(
            OperationNames.Names, (name, i) => Assert.Matches($"SKEP_GUARD_{name.ToUpperInvariant()}(_CREATE)? = 1 << {i},", header));
    }

    [GeneratedRegex(@"^\| `([a-z-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex FindingRow();

    [GeneratedRegex(@"^#define (CAP_[A-Z_]+)\s+(\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex Capability();
}
