using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Check;

/// <summary>A rule as text of its own: of another firewall, or kept from an applied table.</summary>
internal static class LoneRule
{
    /// <summary>Reads a rule.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="sets">The sets that it may name.</param>
    /// <returns>The rule without an id and a line, or null and the first error.</returns>
    internal static (Rule? Rule, Diagnostic? Error) Read(string text, IReadOnlyDictionary<string, Set?> sets)
    {
        var source = new SourceText("import", text);
        var diagnostics = new DiagnosticBag();
        var syntax = Parser.ParseLoneRule(source, diagnostics);
        var rule = syntax is null || diagnostics.HasErrors ? null : new RuleChecker(source, diagnostics, sets, rules: 1).Check(syntax);
        return rule is null ? (null, diagnostics.InOrder().First(d => d.Severity == Severity.Error)) : (rule with { Line = 0 }, null);
    }
}
