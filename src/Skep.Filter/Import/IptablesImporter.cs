using System;
using System.Text;

namespace Skep.Filter.Import;

/// <summary>Imports what <c>iptables-save</c> or <c>ip6tables-save</c> prints: the INPUT chain of the filter table.</summary>
public sealed class IptablesImporter
{
    private const string Base = "INPUT";

    private readonly ImportBuilder _builder;
    private readonly ImportFamily _family;
    private readonly IReadOnlyCollection<string> _devices;
    private readonly Dictionary<string, (int Line, int Rules, bool MayAccept)> _otherChains = [];
    private readonly Dictionary<string, (int Line, List<(int Line, string Text, List<string> Words)> Rules)> _chains = [];
    private readonly HashSet<string> _tables = [];
    private readonly HashSet<string> _hashLimits = [];
    private string _table = "filter";
    private int _policyLine;
    private bool _drops;

    private IptablesImporter(string table, ImportFamily family, IReadOnlyCollection<string> devices)
    {
        _builder = new(table);
        _family = family;
        _devices = devices;
    }

    /// <summary>Imports rules.</summary>
    /// <param name="text">What iptables-save, ip6tables-save or <c>iptables -S</c> printed.</param>
    /// <param name="table">The name for the table.</param>
    /// <param name="isIp6">Whether they are rules of ip6tables; null: known by the first line, by addresses or by ICMPv6.</param>
    /// <param name="devices">
    /// The devices that the table is for, which decide matches of the input interface; none: any but the loopback device.
    /// </param>
    /// <returns>The table and what is not in it. No text makes it throw.</returns>
    public static ImportResult Import(string text, string table, bool? isIp6 = null, params IReadOnlyCollection<string> devices)
    {
        var lines = text.Split('\n');
        if (Array.FindIndex(lines, line => line.AsSpan().Trim() is [not '#', ..]) is >= 0 and var first
            && !IsBeginning(lines[first].Trim()))
            return new ImportBuilder(table)
                .Build(false, 0, ImportFamily.Any,
                    $"line {first + 1} does not begin like rules of iptables (give what iptables-save prints)");
        var importer = new IptablesImporter(table, isIp6 ?? IsIp6(lines) ? ImportFamily.Ip6 : ImportFamily.Ip, devices);
        for (var i = 0; i < lines.Length; i++) importer.ReadLine(i + 1, lines[i].Trim());
        return importer.Build();
    }

    // A chain's name is free, a table's is not.
    private static bool IsBeginning(string line)
    {
        if (line.StartsWith('[')) line = line[(line.IndexOf(']', StringComparison.Ordinal) + 1)..].TrimStart();
        return Words(line) is ["*filter" or "*nat" or "*mangle" or "*raw" or "*security"]
            or ["-A" or "--append" or "-P" or "--policy" or "-N" or "--new-chain" or "-4" or "-6", _, ..]
            || Words(line) is [[':', _, ..], _, ['[', .., ']'], ..];
    }

    private ImportResult Build()
    {
        var imported = new Dictionary<string, ImportedChain?>();
        var flattener = new ChainFlattener(_builder, Find);
        if (Find(Base) is { } input) flattener.Flatten(input);
        foreach (var (name, (at, rules)) in _chains)
        {
            if (name != Base && rules.Count > 0 && !flattener.Followed.Contains(name))
                _builder.Note(at, $"chain filter/{name} ({rules.Count} rules)", $"no rule of {Base} leads to it");
        }
        foreach (var (chain, (at, rules, mayAccept)) in _otherChains)
        {
            if (rules == 0) continue;
            var text = $"chain {chain} ({rules} rules)";
            if (chain == "nat/PREROUTING") _builder.LoseChain(at, text, ImportBuilder.TranslatedReason);
            else if (chain == "filter/FORWARD" && mayAccept) _builder.LoseChain(at, text, ImportBuilder.ForwardedReason);
            else _builder.Note(at, text, ReasonFor(chain));
        }
        return _builder.Build(_drops, _policyLine, _family,
            _chains.ContainsKey(Base) ? flattener.Failure : "no INPUT chain of the filter table is in it (give what iptables-save prints)");

        ImportedChain? Find(string name)
        {
            if (imported.TryGetValue(name, out var known)) return known;
            return imported[name] =
                _chains.TryGetValue(name, out var chain) ? new(name, chain.Line, _family, [.. chain.Rules.Select(Translate)]) : null;
        }
    }

    private ImportedRule Translate((int Line, string Text, List<string> Words) written)
    {
        var rule = new IptablesRule(_family == ImportFamily.Ip6, _devices, _chains.ContainsKey, _hashLimits);
        return rule.Translate(written.Line, written.Text, written.Words);
    }

    /// <summary>
    /// Whether rules are of ip6tables. Both programs call themselves xtables-save in some versions, so the rules are looked at, too.
    /// </summary>
    private static bool IsIp6(string[] lines)
    {
        foreach (var line in lines)
        {
            var words = line.Trim().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words is ["#", "Generated", "by", var program, ..] && program.StartsWith("ip", StringComparison.Ordinal))
                return program.StartsWith("ip6", StringComparison.Ordinal);
            if (words.Length == 0 || !(words[0] is "-A" or "--append" || words[0].StartsWith('['))) continue;
            for (var i = 0; i < words.Length; i++)
            {
                if (words[i] is "--icmpv6-type") return true;
                if (i == 0) continue;
                if (words[i - 1] is "-s" or "-d" or "--source" or "--destination" && words[i].Contains(':')) return true;
                if (words[i - 1] is "-p" or "-m" && words[i] is "ipv6-icmp" or "icmpv6" or "icmp6" or "hl") return true;
                if (words[i - 1] is "--reject-with" && words[i].StartsWith("icmp6-", StringComparison.Ordinal)) return true;
            }
        }
        return false;
    }

    private static string ReasonFor(string chain) => chain switch
    {
        "filter/FORWARD" => ImportBuilder.ForwardedReason,
        "filter/OUTPUT" => "XDP sees received packets only",
        _ => $"only the filter table's INPUT chain is imported",
    };

    private void ReadLine(int line, string text)
    {
        if (text.Length == 0 || text[0] == '#' || text == "COMMIT") return;
        if (text[0] == '*')
        {
            _table = text[1..].Trim();
            if (_tables.Add(_table)) return;
            _table = $"second {_table}";
            _builder.Note(line, text, "the table is in the file already; only the first is imported");
            return;
        }
        if (text[0] == ':')
        {
            ReadPolicy(line, Words(text[1..]));
            return;
        }
        if (text[0] == '[' && text.IndexOf(']') is > 0 and var end) text = text[(end + 1)..].TrimStart();
        var words = Words(text);
        // iptables-restore skips the lines that are marked as the other program's.
        if (words is ["-4" or "-6", ..] && (words[0] == "-6") != (_family == ImportFamily.Ip6)) return;
        if (words is ["-4" or "-6", ..]) words = words[1..];
        text = ImportBuilder.Shorten(text);
        if (words is ["-A" or "--append", _, ..]) ReadRule(line, text, words);
        else if (words is ["-P" or "--policy", _, _, ..]) ReadPolicy(line, words[1..]);
        else if (words is ["-N" or "--new-chain", var chain, ..]) NameChain(line, chain);
        else _builder.Lose(line, text, "it is not a line that iptables-save prints", MayAccept(words));
    }

    internal static bool MayAccept(List<string> words)
    {
        var at = words.FindLastIndex(w => w is "-j" or "--jump" or "-g" or "--goto");
        if (at < 0) return words is not ["-A" or "--append", ..];
        return at + 1 < words.Count && words[at + 1] is not ("DROP" or "REJECT" or "LOG" or "NFLOG" or "MARK" or "CONNMARK");
    }

    /// <summary>Begins a chain of the filter table that packets may come to from INPUT.</summary>
    private bool NameChain(int line, string name) =>
        _table == "filter" && name is not ("FORWARD" or "OUTPUT") && (_chains.TryAdd(name, (line, [])) || true);

    private void ReadPolicy(int line, List<string> words)
    {
        if (words.Count == 0) return;
        if (_table == "filter" && words[0] == Base)
        {
            _policyLine = line;
            _drops = words.Count > 1 && words[1] == "DROP";
        }
        if (!NameChain(line, words[0])) _otherChains.TryAdd($"{_table}/{words[0]}", (line, 0, words.Count > 1 && words[1] == "ACCEPT"));
    }

    private void ReadRule(int line, string text, List<string> words)
    {
        var chain = words[1];
        if (NameChain(line, chain))
        {
            if (chain == Base && _policyLine == 0) _policyLine = line;
            _chains[chain].Rules.Add((line, text, words));
            return;
        }
        var (known, rules, accepts) = _otherChains.GetValueOrDefault($"{_table}/{chain}", (line, 0, false));
        _otherChains[$"{_table}/{chain}"] = (known, rules + 1, accepts || MayAccept(words));
    }

    /// <summary>
    /// Cuts a line into words as iptables-restore does: quotes hold a word together, a backslash takes the next character.
    /// </summary>
    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (isQuoted, isWord) = (false, false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && isQuoted && i + 1 < text.Length) word.Append(text[++i]);
            else if (text[i] == '"') (isQuoted, isWord) = (!isQuoted, true);
            else if (!char.IsWhiteSpace(text[i]) || isQuoted) word.Append(text[i]);
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
