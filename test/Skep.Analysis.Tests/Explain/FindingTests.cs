using System.Text.RegularExpressions;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Explain;

/// <summary>Each finding of docs/explain.md: a program that has it, and one that just misses it.</summary>
public sealed partial class FindingTests
{
    private const string Hit = "hit_", Miss = "miss_", Source = "Programs/findings.bpf.c";

    private static readonly string[] Documented =
        [.. Row().Matches(Repository.Read("docs/explain.md")).Select(match => match.Groups[1].Value)];

    public static TheoryData<string> Findings => [.. Documented];

    public static TheoryData<string, string> Programs => [.. ((string[])["v1", "v3"])
        .SelectMany(cpu => BpfPrograms.OfSource(Source, cpu).Select(code => (code.Name!, cpu)))];

    [Fact]
    public void The_documentation_has_them() => Assert.True(Documented.Length > 20);

    [Theory]
    [MemberData(nameof(Findings))]
    public void Every_documented_finding_has_a_program_that_hits_and_one_that_misses(string finding)
    {
        IEnumerable<string?> programs = BpfPrograms.OfSource(Source).Select(code => code.Name);
        Assert.Contains(Hit + finding.Replace('-', '_'), programs);
        Assert.Contains(Miss + finding.Replace('-', '_'), programs);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_program_has_the_finding_that_it_is_called_after_and_no_near_one(string program, string cpu)
    {
        bool hit = program.StartsWith(Hit, StringComparison.Ordinal);
        string about = program[(hit ? Hit : Miss).Length..].Replace('_', '-');
        string finding = Documented.Where(name => about.StartsWith(name, StringComparison.Ordinal)).MaxBy(name => name.Length)!;
        ProgramCode code = BpfPrograms.OfSource(Source, cpu).Single(code => code.Name == program);
        string[] found = [.. Explainer.Explain(code).Findings.Select(each => each.Name)];
        Assert.True(found.Contains(finding) == hit, $"{code.Name} {cpu}: {string.Join(' ', found)}");
        Assert.All(found, name => Assert.Contains(name, Documented));
    }

    [GeneratedRegex(@"^\| `([a-z-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
