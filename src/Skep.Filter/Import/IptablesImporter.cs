using System.Text;

namespace Skep.Filter.Import;

/// <summary>Imports what <c>iptables-save</c> or <c>ip6tables-save</c> prints: the INPUT chain of the filter table.</summary>
public sealed class IptablesImporter
{
    private readonly ImportBuilder _builder;
    private readonly ImportFamily _family;
    private readonly Dictionary<string, (int Line, int Rules)> _otherChains = [];
    private string _table = "";
    private int _policyLine;
    private bool _drops;

    private IptablesImporter(string table, ImportFamily family)
    {
        _builder = new(table);
        _family = family;
    }

    /// <summary>Imports rules.</summary>
    /// <param name="text">What iptables-save printed; ip6tables-save is known by its first line or by IPv6 addresses.</param>
    /// <param name="table">The name for the table.</param>
    /// <returns>The table and what is not in it. No text makes it throw.</returns>
    public static ImportResult Import(string text, string table)
    {
        var isIp6 = text.Contains("ip6tables-save", StringComparison.Ordinal) || text.Contains("--icmpv6-type", StringComparison.Ordinal) || text.Contains("ipv6-icmp", StringComparison.Ordinal);
        var importer = new IptablesImporter(table, isIp6 ? ImportFamily.Ip6 : ImportFamily.Ip);
        var line = 0;
        foreach (var text1 in text.Split('\n')) importer.ReadLine(++line, text1.Trim());
        foreach (var (chain, (at, rules)) in importer._otherChains)
            if (rules > 0) importer._builder.Note(at, $"chain {chain} ({rules} rules)", ReasonFor(chain));
        return importer._builder.Build(importer._drops, importer._policyLine, importer._family);
    }

    private static string ReasonFor(string chain) => chain switch
    {
        "filter/FORWARD" => "XDP runs before routing and cannot tell forwarded packets from local ones",
        "filter/OUTPUT" => "XDP sees received packets only",
        _ when chain.StartsWith("filter/", StringComparison.Ordinal) => "there are no chains to jump to",
        _ => $"only the filter table's INPUT chain is taken over",
    };

    private void ReadLine(int line, string text)
    {
        if (text.StartsWith('*')) _table = text[1..];
        else if (text.StartsWith(':')) ReadChain(line, text[1..].Split(' '));
        else if (text.StartsWith("-A ", StringComparison.Ordinal)) ReadRule(line, text);
        else if (text.StartsWith('[') && text.Contains("] -A ", StringComparison.Ordinal)) ReadRule(line, text[(text.IndexOf(']') + 2)..]);
    }

    private void ReadChain(int line, string[] words)
    {
        if (_table == "filter" && words[0] == "INPUT")
        {
            _policyLine = line;
            _drops = words.Length > 1 && words[1] == "DROP";
            return;
        }
        _otherChains[$"{_table}/{words[0]}"] = (line, 0);
    }

    private void ReadRule(int line, string text)
    {
        var words = Words(text);
        var chain = words.Count > 1 ? words[1] : "";
        if (_table != "filter" || chain != "INPUT")
        {
            var (at, rules) = _otherChains.GetValueOrDefault($"{_table}/{chain}", (line, 0));
            _otherChains[$"{_table}/{chain}"] = (at, rules + 1);
            return;
        }
        var rule = new IptablesRule(_family == ImportFamily.Ip6);
        if (rule.TryTranslate(words, out var translated, out var reason)) _builder.AddRule(line, text, translated, _family);
        else _builder.Lose(line, text, reason, !text.Contains("-j DROP", StringComparison.Ordinal) && !text.Contains("-j REJECT", StringComparison.Ordinal) && !text.Contains("-j LOG", StringComparison.Ordinal));
    }

    /// <summary>Cuts a line into words as iptables-restore does: quotes hold a word together, a backslash takes the next character.</summary>
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (isQuoted, isWord) = (false, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && isQuoted && i + 1 < text.Length) word.Append(text[++i]);
            else if (text[i] == '"') (isQuoted, isWord) = (!isQuoted, true);
            else if (text[i] != ' ' || isQuoted) word.Append(text[i]);
            else if (word.Length > 0 || isWord)
            {
                words.Add(word.ToString());
                word.Clear();
                isWord = false;
            }
        }
        if (word.Length > 0 || isWord) words.Add(word.ToString());
        return words;
    }
}
