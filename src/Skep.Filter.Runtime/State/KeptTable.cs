using System.Text;
using Skep.Filter.Compile;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Runtime.State;

/// <summary>A rule that was given has errors.</summary>
/// <param name="file">The findings.</param>
public sealed class RuleTextException(RuleFile file) : Exception("the rule has errors")
{
    /// <summary>The findings.</summary>
    public IReadOnlyList<Diagnostic> Diagnostics => file.Diagnostics;
}

/// <summary>Tables made of the text that is kept of them.</summary>
internal static class KeptTable
{
    private const string NewName = "rule";

    /// <summary>Makes the table of what is kept of one and of other rules.</summary>
    internal static Table Read(AppliedState before, List<AppliedRule> rules)
    {
        var head = before.Head.TrimEnd();
        var text = new StringBuilder(head[..^1]);
        var added = rules.FindIndex(r => r.Id.Length == 0);
        foreach (var rule in rules) text.Append(rule.Text).Append('\n');
        text.Append('}');
        if (added >= 0) Check(before.Table, before.Head, rules[added].Text);
        var file = RuleFile.Read(new SourceText(NewName, text.ToString()));
        if (file.Table is not { } table) throw new RuleTextException(file);
        return table with
        {
            Rules = [.. table.Rules.Select((rule, i) => rule with { Line = rules[i].Line })],
            Sets = [.. table.Sets.Select(s => Sized(s, before))],
        };
    }

    /// <summary>Checks that a text is one rule and nothing else: by itself, so that only its own errors are reported.</summary>
    internal static Rule Check(string name, string head, string rule)
    {
        var file = RuleFile.Read(new SourceText(NewName, $"{head.TrimEnd()[..^1]}{rule}\n}}"));
        if (file.Table is not { } table) throw new RuleTextException(file);
        return table.Rules.Count == 1 && TableFormatter.FormatHead(table) == head
            ? table.Rules[0]
            : throw new InvalidDataException(
                $"changing table {name}: what was given is not one rule (a rule is matches, statements and a verdict)");
    }

    /// <summary>A list of rows has room for as many as it had.</summary>
    private static Set Sized(Set set, AppliedState before) =>
        Array.Find(before.Sets, s => s.Name == set.Name) is { Structure: SetStructure.Rows, Number: >= 0 } old
            ? set with { MaxElements = old.Capacity } : set;
}
