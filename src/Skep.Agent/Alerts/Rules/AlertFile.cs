using System.Text;
using System.Text.Unicode;
using Skep.Filter.Syntax;

namespace Skep.Agent.Alerts.Rules;

/// <summary>What became of reading a file of alerts.</summary>
/// <param name="Source">The text.</param>
/// <param name="Rules">The rules, in order; empty when there is an error among the findings.</param>
/// <param name="Targets">The targets.</param>
/// <param name="Diagnostics">The findings, in the order of the text.</param>
internal sealed record AlertFile(
    SourceText Source, IReadOnlyList<AlertRule> Rules, IReadOnlyList<AlertTarget> Targets, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Where the names of rules and targets are, and those of the targets that rules name.</summary>
    public required AlertNames Names { get; init; }

    /// <summary>Reads a file. No bytes make it throw.</summary>
    /// <param name="name">The file's name, as messages show it.</param>
    /// <param name="bytes">What is in it.</param>
    public static AlertFile Read(string name, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        if (bytes.StartsWith(mark)) bytes = bytes[mark.Length..];
        var source = new SourceText(name, Encoding.UTF8.GetString(bytes));
        if (Utf8.IsValid(bytes)) return new AlertReader(source).Read();
        int at = source.Text.IndexOf('\uFFFD', StringComparison.Ordinal);
        return new(source, [], [], [new(Severity.Error, source, new(at, 1), "a byte that is not UTF-8", "TOML is UTF-8")])
        {
            Names = AlertNames.None,
        };
    }
}

/// <summary>Where names stand in a file.</summary>
/// <param name="Rules">Those of rules.</param>
/// <param name="Targets">Those of targets.</param>
/// <param name="Wanted">Those of targets that rules name.</param>
internal sealed record AlertNames(
    IReadOnlyList<(string Name, SourceSpan Span)> Rules, IReadOnlyList<(string Name, SourceSpan Span)> Targets,
    IReadOnlyList<(string Name, SourceSpan Span)> Wanted)
{
    /// <summary>None.</summary>
    public static AlertNames None { get; } = new([], [], []);
}
