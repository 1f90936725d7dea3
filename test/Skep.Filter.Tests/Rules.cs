using Skep.Filter.Check;
using Skep.Filter.Evaluate;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Tests;

/// <summary>Short ways from text to tables and decisions.</summary>
internal static class Rules
{
    internal static RuleFile Read(string text, string feed = "") =>
        RuleFile.Read(new SourceText("test.skep", text), _ => new FeedText(feed));

    internal static RuleFile ReadRules(string rules) => Read($"table t {{\n{rules}\n}}\n");

    internal static Table Table(string rules)
    {
        var file = ReadRules(rules);
        return file.Table ?? throw new ArgumentException(string.Join('\n', file.Diagnostics.Select(DiagnosticFormatter.Format)));
    }

    /// <summary>Whether a rule with the match drops the packet, where the policy passes it.</summary>
    internal static bool Hits(string match, byte[] packet) => Decide(match + " drop", packet).Verdict.Kind == VerdictKind.Drop;

    internal static Decision Decide(string rules, byte[] packet, ulong now = 0) => new Evaluator(Table(rules), () => 0).Decide(packet, now);

    internal static string[] Messages(string rules) => [.. ReadRules(rules).Diagnostics.Select(DiagnosticFormatter.Format)];
}
