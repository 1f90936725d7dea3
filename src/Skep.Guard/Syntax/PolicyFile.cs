using System.Text;
using System.Text.Unicode;
using Skep.Filter.Syntax;
using Skep.Guard.Model;
using Skep.Output;

namespace Skep.Guard.Syntax;

/// <summary>What became of reading a policy file.</summary>
/// <param name="Source">The text.</param>
/// <param name="Policy">The policy; null when there is an error among the findings.</param>
/// <param name="Diagnostics">The findings, in the order of the text.</param>
public sealed record PolicyFile(SourceText Source, Policy? Policy, IReadOnlyList<Diagnostic> Diagnostics)
{
    private const int LongestHeader = 32;

    /// <summary>Where the policy has its name.</summary>
    internal SourceSpan NameAt { get; init; }

    /// <summary>Reads a policy. No text makes it throw.</summary>
    public static PolicyFile Read(SourceText source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return new PolicyReader(source).Read();
    }

    /// <summary>Reads a policy of a file. No bytes make it throw.</summary>
    /// <param name="name">The file's name, as messages show it.</param>
    /// <param name="bytes">What is in it.</param>
    public static PolicyFile Read(string name, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        if (bytes.StartsWith(mark)) bytes = bytes[mark.Length..];
        var source = new SourceText(name, Encoding.UTF8.GetString(bytes));
        source = new SourceText(name, source.Text) { MayBeQuoted = IsPolicy(source) };
        if (Utf8.IsValid(bytes) || !source.MayBeQuoted) return Read(source);
        int at = source.Text.IndexOf('\uFFFD', StringComparison.Ordinal);
        return new(source, null, [new(Severity.Error, source, new(at, 1), "a byte that is not UTF-8", "TOML is UTF-8")]);
    }

    /// <summary>Says of each policy whose name an earlier one, or the built-in one, has that it is an error.</summary>
    public static IReadOnlyList<PolicyFile> WithTwins(IReadOnlyList<PolicyFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var first = new Dictionary<string, string> { [BuiltInPolicy.Name] = "skep" };
        return [.. files.Select(file => file.Policy is { } policy && !first.TryAdd(policy.Name, file.Source.Name)
            ? file with { Policy = null, Diagnostics = [.. file.Diagnostics, file.Twin(policy.Name, first[policy.Name])] }
            : file)];
    }

    private Diagnostic Twin(string name, string where) =>
        new(Severity.Error, Source, NameAt, $"a policy {name} is in {where} already", "give it another name");

    // It may be a file of another kind that somebody else named; a word of ours may be misspelt.
    private static bool IsPolicy(SourceText source)
    {
        foreach (Range line in source.Text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> text = source.Text.AsSpan(line);
            if (text.IndexOf('#') is >= 0 and var comment) text = text[..comment];
            text = text.Trim();
            if (text.Length > LongestHeader || !text.StartsWith("[") || !text.EndsWith("]")) continue;
            string table = text.Trim("[] \"'").ToString();
            if (table is "policy" or "rule" || Spelling.DidYouMean(table, ["policy", "rule"]) is not null) return true;
        }

        return false;
    }
}
