using System.Text.RegularExpressions;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Explain;

/// <summary>Each finding of docs/explain.md: a program that has it, and one that just misses it.</summary>
public sealed partial class FindingTests
{
    private const string Hit = "hit_", Miss = "miss_", Source = "Programs/findings.bpf.c";

    [Fact]
    public void Every_documented_finding_has_a_program_that_hits_and_one_that_misses()
    {
        string[] documented =
            [
                .. Row().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "explain.md")))
                    .Select(match => match.Groups[1].Value)];
        string[] programs = [.. BpfPrograms.OfSource(Source).Select(code => code.Name!)];
        Assert.True(documented.Length > 20);
        foreach (string finding in documented)
            foreach (string kind in (string[])[Hit, Miss]) Assert.Contains(kind + finding.Replace('-', '_'), programs);
    }

    [Fact]
    public void Programs_have_the_findings_that_they_are_called_after_and_no_near_ones()
    {
        string[] documented =
            [
                .. Row().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "explain.md")))
                    .Select(match => match.Groups[1].Value)];
        foreach (string cpu in (string[])["v1", "v3"])
        {
            foreach (ProgramCode code in BpfPrograms.OfSource(Source, cpu))
            {
                bool hit = code.Name!.StartsWith(Hit, StringComparison.Ordinal);
                string about = code.Name[(hit ? Hit : Miss).Length..].Replace('_', '-');
                string finding = documented.Where(name => about.StartsWith(name, StringComparison.Ordinal)).MaxBy(name => name.Length)!;
                string[] found = [.. Explainer.Explain(code).Findings.Select(each => each.Name)];
                Assert.True(found.Contains(finding) == hit, $"{code.Name} {cpu}: {string.Join(' ', found)}");
                Assert.All(found, name => Assert.Contains(name, documented));
            }
        }
    }

    [GeneratedRegex(@"^\| `([a-z-]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
