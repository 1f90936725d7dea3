using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Guard.Syntax;

namespace Skep.Guard.Tests;

/// <summary>Policies as tests write them.</summary>
internal static class PolicyText
{
    public const string Header = "[policy]\nname = \"p\"\n";

    /// <summary>Reads a policy that must have no error.</summary>
    public static Policy Read(string text)
    {
        PolicyFile file = PolicyFile.Read(new SourceText("p.toml", text));
        Assert.True(file.Policy is not null, string.Join('\n', file.Diagnostics.Select(DiagnosticFormatter.Format)));
        return file.Policy;
    }

    /// <summary>A policy of one rule that denies, and allows all else.</summary>
    public static Policy Denying(string conditions) => Read($"{Header}[[rule]]\naction = \"deny\"\n{conditions}\n");

    /// <summary>What is wrong with a text: line, column, message and suggestion.</summary>
    public static string[] Errors(string text)
    {
        PolicyFile file = PolicyFile.Read(new SourceText("p.toml", text));
        Assert.Equal(file.Policy is null, file.Diagnostics.Count > 0);
        return [.. file.Diagnostics.Select(d => $"{d.Line}:{d.Column}: {d.Message}{(d.Suggestion is { } s ? $" ({s})" : "")}")];
    }
}
