using System;
using Skep.Filter.Evaluate;
using Skep.Filter.Format;
using Skep.Filter.Json;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Packets.Building;

namespace Skep.Filter.Tests.Docs;

/// <summary>Every example of docs/filter.md does what the page says, and every rule file of docs/cookbook.md is one.</summary>
public sealed class ReferenceTests
{
    private static IEnumerable<string> Blocks(string language, string page = "docs/filter.md")
    {
        var parts = Repository.Read(page).Split("```");
        for (var i = 1; i < parts.Length; i += 2)
            if (parts[i].StartsWith(language + "\n", StringComparison.Ordinal)) yield return parts[i][(language.Length + 1)..];
    }

    public static TheoryData<string> Files() => [.. Blocks("skep"), .. Blocks("skep", "docs/cookbook.md")];

    public static TheoryData<string> RuleLines() =>
        [.. Blocks("rule").SelectMany(b => b.Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    public static TheoryData<string> RefusedLines() =>
        [.. Blocks("refused").SelectMany(b => b.Split('\n', StringSplitOptions.RemoveEmptyEntries))];

    public static TheoryData<string> Decisions() => [.. Blocks("decide")];

    public static TheoryData<string> Documents() => [.. Blocks("json")];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_is_accepted_without_findings(string text) =>
        Assert.Empty(Rules.Read(text, "192.0.2.0/24 # a feed\n").Diagnostics.Select(DiagnosticFormatter.Format));

    [Theory]
    [MemberData(nameof(RuleLines))]
    public void A_rule_is_accepted(string rule) => Assert.Empty(Rules.Messages(rule));

    [Theory]
    [MemberData(nameof(RefusedLines))]
    public void A_refused_rule_is_refused_with_a_suggestion(string rule)
    {
        var file = Rules.ReadRules(rule);
        Assert.Null(file.Table);
        Assert.NotNull(file.Diagnostics[0].Suggestion);
        Assert.Equal(2, file.Diagnostics[0].Line);
    }

    [Theory]
    [MemberData(nameof(Decisions))]
    public void A_decision_is_as_shown(string block)
    {
        var lines = block.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var rules = string.Join('\n', lines.Where(l => !l.Contains("<-")));
        var table = Rules.Table(rules);
        Assert.Contains(lines, l => l.Contains("<-"));
        Assert.All(lines.Where(l => l.Contains("<-")), line =>
        {
            var (verdict, packet) = (line.Split("<-")[0].Trim(), line.Split("<-")[1]);
            Assert.True(PacketText.TryParse(packet, out var spec, out var error), error);
            var decision = new Evaluator(table, () => 0).Decide(PacketBuilder.Build(spec), 0);
            Assert.True(verdict == RuleFormatter.Format(decision.Verdict), $"{line}: {decision}");
        });
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void A_document_is_read_and_written_back(string json)
    {
        var file = TableJson.Read("doc.json", json, _ => default);
        Assert.Empty(file.Diagnostics.Select(DiagnosticFormatter.Format));
        var again = TableJson.Read("doc.json", TableJson.Write(file.Table!), _ => default);
        Assert.Equal(TableFormatter.Format(file.Table!), TableFormatter.Format(again.Table!));
    }

    [Fact]
    public void The_page_has_examples_of_each_kind()
    {
        Assert.True(Files().Count >= 2 && RuleLines().Count > 15 && RefusedLines().Count > 15 && Decisions().Count >= 4);
        Assert.Single(Documents());
    }
}
