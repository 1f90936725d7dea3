using System.Net;
using System.Text;
using System.Text.Unicode;
using Skep.Filter.Syntax;
using Skep.Guard.Syntax;
using Skep.Output;
using Tomlyn.Syntax;
using SourceSpan = Skep.Filter.Syntax.SourceSpan;

namespace Skep.Agent.Config;

/// <summary>What became of reading a configuration.</summary>
/// <param name="Source">The text.</param>
/// <param name="Config">The configuration; null when there is an error among the findings.</param>
/// <param name="Diagnostics">The findings, in the order of the text.</param>
public sealed record ConfigFile(SourceText Source, AgentConfig? Config, IReadOnlyList<Diagnostic> Diagnostics)
{
    private const int LongestName = 40;

    private static readonly string[] Tables = [.. ConfigKey.All.Select(key => key.Table).Where(table => table.Length > 0).Distinct()];

    /// <summary>Reads a configuration. No bytes make it throw.</summary>
    /// <param name="name">The file's name, as messages show it.</param>
    /// <param name="bytes">What is in it.</param>
    public static ConfigFile Read(string name, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        if (bytes.StartsWith(mark)) bytes = bytes[mark.Length..];
        string text = Encoding.UTF8.GetString(bytes);
        var source = new SourceText(name, text) { MayBeQuoted = IsConfig(text) };
        var diagnostics = new List<Diagnostic>();
        void Error(SourceSpan span, string message, string? suggestion) =>
            diagnostics.Add(new(Severity.Error, source, span, message, suggestion));
        if (!Utf8.IsValid(bytes))
        {
            int at = source.MayBeQuoted ? text.IndexOf('\uFFFD', StringComparison.Ordinal) : 0;
            Error(new(at, 1), "a byte that is not UTF-8", "TOML is UTF-8");
            return new(source, null, diagnostics);
        }

        if (text.Length > 0 && !source.MayBeQuoted)
        {
            string keys = string.Join(", ", ConfigKey.All.Select(key => key.FullName));
            Error(default, "it is no configuration of the agent", $"its keys are {keys}");
            return new(source, null, diagnostics);
        }

        DocumentSyntax? document = TomlText.Parse(source, Error);
        var config = new AgentConfig();
        if (document is not null && diagnostics.Count == 0) config = Read(document, config, Error);
        if (document is not null && diagnostics.Count == 0) CheckTls(document, config, Error);
        return new(source, diagnostics.Count == 0 ? config : null, [.. diagnostics.OrderBy(d => d.Span.Start)]);
    }

    private static AgentConfig Read(DocumentSyntax document, AgentConfig config, Action<SourceSpan, string, string?> error)
    {
        foreach (KeyValueSyntax pair in document.KeyValues) config = Read("", pair, config, error);
        foreach (TableSyntaxBase table in document.Tables)
        {
            string name = TomlText.Name(table.Name);
            if (table is TableArraySyntax || !Tables.Contains(name))
            {
                error(TomlText.SpanOf(table.Name!), $"there is no table {name}",
                    Spelling.DidYouMean(name, Tables) ?? $"use {string.Join(" and ", Tables.Select(t => $"[{t}]"))}");
                continue;
            }

            foreach (SyntaxNode item in table.Items)
                if (item is KeyValueSyntax pair) config = Read(name, pair, config, error);
        }

        return config;
    }

    private static void CheckTls(DocumentSyntax document, AgentConfig config, Action<SourceSpan, string, string?> error)
    {
        bool hasCertificate = config.WebCertificate is not null, hasKey = config.WebKey is not null;
        if (hasCertificate != hasKey)
        {
            (string given, string missing) = hasKey ? ("key", "certificate") : ("certificate", "key");
            error(SpanOf(document, "web", given), $"web.{given} without web.{missing}", $"give web.{missing} as well");
        }
        else if (!hasCertificate && config.Listen.Length > 0 && !IPAddress.IsLoopback(IPEndPoint.Parse(config.Listen).Address))
        {
            error(
                SpanOf(document, "", "listen"), "an address other than loopback is served by TLS only", "give web.certificate and web.key");
        }
    }

    private static SourceSpan SpanOf(DocumentSyntax document, string table, string key)
    {
        IEnumerable<SyntaxNode> items = table.Length == 0
            ? document.KeyValues : document.Tables.Where(one => TomlText.Name(one.Name) == table).SelectMany(one => one.Items);
        KeyValueSyntax pair = items.OfType<KeyValueSyntax>().First(one => TomlText.Name(one.Key) == key);
        return TomlText.SpanOf(pair.Value!);
    }

    private static AgentConfig Read(string table, KeyValueSyntax pair, AgentConfig config, Action<SourceSpan, string, string?> error)
    {
        string name = TomlText.Name(pair.Key);
        string[] known = [.. ConfigKey.All.Where(key => key.Table == table).Select(key => key.Name)];
        if (ConfigKey.All.FirstOrDefault(key => key.Table == table && key.Name == name) is not { } found)
        {
            string where = table.Length == 0 ? "before the first table" : $"in [{table}]";
            error(TomlText.SpanOf(pair.Key!), $"there is no key {name} {where}",
                Spelling.DidYouMean(name, known) ?? $"its keys are {string.Join(", ", known)}");
            return config;
        }

        if (pair.Value is { } value && found.Read(config, value) is { } read) return read;
        error(TomlText.SpanOf(pair.Value ?? (SyntaxNode)pair), $"{found.FullName} takes {found.Wanted}", null);
        return config;
    }

    // It may be a file of another kind that somebody else named: text of such a file is not quoted. A word of ours may be misspelt.
    private static bool IsConfig(string text)
    {
        bool any = false;
        foreach (Range range in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = text.AsSpan(range).Trim();
            if (line.IsEmpty || line[0] == '#') continue;
            any = true;
            bool isTable = line[0] == '[';
            int end = isTable ? line.IndexOf(']') : line.IndexOf('=');
            if (end <= 0 || end > LongestName) continue;
            string name = line[..end].Trim("[ \"'").ToString();
            string[] known = isTable ? Tables : [.. ConfigKey.All.Select(key => key.Name)];
            if (known.Contains(name) || Spelling.DidYouMean(name, known) is not null) return true;
        }

        return !any;
    }
}
