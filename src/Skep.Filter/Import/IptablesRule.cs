using System;
using Skep.Filter.Format;
using Skep.Packets.Values;

namespace Skep.Filter.Import;

/// <summary>Translates the options of one rule of iptables.</summary>
internal sealed class IptablesRule(bool isIp6, IReadOnlyCollection<string> devices, Func<string, bool> isChain, HashSet<string> hashLimits)
{
    private readonly List<string> _matches = [];
    private readonly string _ip = isIp6 ? "ip6" : "ip";
    private string? _protocol;
    private string _protocolName = "";
    private string? _limit;
    private string? _burst;
    private string? _comment;
    private string? _verdict;
    private string? _target;
    private string? _note;
    private string? _matchesNothing;
    private string? _prefix;
    private string[] _keys = [];
    private ImportedOutcome _outcome;
    private bool _protocolIsNamed;
    private bool _limitIsWanted;
    private int _limits;

    /// <summary>Translates a rule.</summary>
    internal ImportedRule Translate(int line, string original, List<string> words)
    {
        var isTaken = TryTranslate(words, out var text, out var reason);
        return new(line, original, _outcome)
        {
            Text = isTaken ? text : null,
            Reason = isTaken ? _note : _matchesNothing ?? reason,
            Target = _target,
            MayAccept = IptablesImporter.MayAccept(words),
            NeverMatches = _matchesNothing is not null,
        };
    }

    private bool TryTranslate(List<string> words, out string rule, out string reason)
    {
        rule = "";
        ReadTarget(words);
        for (var i = 2; i < words.Count;)
        {
            var negated = words[i] == "!";
            if (negated && ++i == words.Count)
            {
                reason = "the rule ends in the middle";
                return false;
            }
            var option = words[i++];
            if (negated && !CanNegate(option))
            {
                reason = $"! before {option} is not understood";
                return false;
            }
            var isText = option is "--comment" or "--log-prefix" or "--nflog-prefix";
            var arguments = isText ? words.Skip(i).Take(1).ToList() : words.Skip(i).TakeWhile(w => w != "!" && !w.StartsWith('-')).ToList();
            if (arguments.Count != Arguments(option))
            {
                reason = $"{option} has {arguments.Count} arguments";
                return false;
            }
            var isWord = isText || arguments.TrueForAll(a => a.All(c => Syntax.Lexer.IsWordCharacter(c) || c == ','));
            var (limit, matches) = (_limit, _matches.Count);
            var refusal = isWord ? Translate(option, arguments, negated ? "!= " : "") : $"{option} has an argument that is not understood";
            if (limit is not null && (_matches.Count > matches))
                refusal ??= "a limit before a match counts packets that do not match; here a limit counts only those that do";
            if (refusal is not null)
            {
                reason = refusal;
                return false;
            }
            i += arguments.Count;
        }
        reason = "";
        if (_limitIsWanted && _limit is null) _limit = "limit rate 3/hour";
        if (!_protocolIsNamed && _protocol is not null) _matches.Insert(0, _protocol);
        if (_limit is not null)
        {
            if (_burst is not null) _limit += $" burst {_burst}";
            if (_keys.Length > 0) _limit += $" per {string.Join(" . ", _keys)}";
            _matches.Add(_limit);
        }
        _matches.Add(_verdict ?? "continue");
        _comment ??= _prefix;
        if (_comment is not null) _matches.Add("comment " + RuleFormatter.Quote(_comment));
        rule = string.Join(' ', _matches);
        return true;
    }

    private static bool CanNegate(string option) =>
        option is "-s" or "--source" or "--src" or "-d" or "--destination" or "--dst" or "-p" or "--protocol" or "--proto"
        or "--sport" or "--source-port" or "--dport" or "--destination-port" or "--sports" or "--source-ports" or "--dports"
        or "--destination-ports"
        or "--tcp-flags" or "--syn" or "--icmp-type" or "--icmpv6-type" or "-f" or "--fragment" or "--src-range" or "--dst-range"
        or "--mac-source"
        or "--ttl-eq" or "--hl-eq" or "--dscp" or "-i" or "--in-interface" or "-o" or "--out-interface";

    private static int Arguments(string option) => option switch
    {
        "--syn" or "-f" or "--fragment" or "--log-tcp-options" or "--log-ip-options" or "--log-tcp-sequence" or "--log-uid"
            or "--log-macdecode" => 0,
        "--tcp-flags" or "-c" or "--set-counters" => 2,
        _ => 1,
    };

    /// <summary>Translates an option.</summary>
    /// <returns>Why it can't be expressed, or null.</returns>
    private string? Translate(string option, List<string> arguments, string not)
    {
        var first = arguments.Count > 0 ? arguments[0] : "";
        var port = _protocolName is "tcp" or "udp" or "sctp";
        switch (option)
        {
            case "-s" or "--source" or "--src" or "-d" or "--destination" or "--dst":
                var addresses = string.Join(", ", first.Split(',').Select(Prefix));
                return Match($"{_ip} {(option is "-s" or "--source" or "--src" ? "saddr" : "daddr")}", not,
                    first.Contains(',') ? $"{{ {addresses} }}" : addresses);
            case "-p" or "--protocol" or "--proto":
                return Protocol(first, not);
            case "-m" or "--match":
                if (first is "limit" or "hashlimit" && _limits++ > 0) return "it has two limits, and a rule here has one";
                _limitIsWanted |= first == "limit";
                return first is "tcp" or "udp" or "sctp" or "icmp" or "icmp6" or "icmpv6" or "multiport" or "comment" or "limit"
                    or "hashlimit" or "iprange" or "mac" or "ttl" or "hl" or "dscp"
                    ? null : ReasonForModule(first);
            case "--sport" or "--source-port" or "--dport" or "--destination-port" when port:
                return Ports(option.Contains("-s", StringComparison.Ordinal) ? "sport" : "dport", not, [first]);
            case "--sports" or "--source-ports" or "--dports" or "--destination-ports" when port:
                return Ports(option.Contains("-s", StringComparison.Ordinal) ? "sport" : "dport", not, first.Split(','));
            case "--tcp-flags" when arguments.Count == 2:
                return Flags(first, arguments[1], not);
            case "--syn":
                return Flags("FIN,SYN,RST,ACK", "SYN", not);
            case "--icmp-type" or "--icmpv6-type":
                return Icmp(first, not);
            case "-f" or "--fragment":
                return Match("ip frag", not, "later");
            case "--src-range":
                return Match($"{_ip} saddr", not, first);
            case "--dst-range":
                return Match($"{_ip} daddr", not, first);
            case "--mac-source":
                return Match("ether saddr", not, first.ToLowerInvariant());
            case "--ttl-eq" or "--hl-eq":
                return Match(isIp6 ? "ip6 hoplimit" : "ip ttl", not, first);
            case "--ttl-lt" or "--hl-lt" when not.Length == 0:
                return Match(isIp6 ? "ip6 hoplimit" : "ip ttl", "< ", first);
            case "--ttl-gt" or "--hl-gt" when not.Length == 0:
                return Match(isIp6 ? "ip6 hoplimit" : "ip ttl", "> ", first);
            case "--dscp":
                return Match($"{_ip} dscp", not, first);
            case "--limit":
                return Limit(first, "");
            case "--limit-burst" or "--hashlimit-burst":
                _burst = first;
                return null;
            case "--hashlimit-above" or "--hashlimit-upto" or "--hashlimit" when not.Length == 0:
                return Limit(first, option == "--hashlimit-above" ? "over " : "");
            case "--hashlimit-mode":
                return Keys(first.Split(','));
            case "--hashlimit-name":
                return hashLimits.Add(first) ? null : $"two rules share the buckets of hashlimit {first}";
            case "--hashlimit-htable-size" or "--hashlimit-htable-expire" or "--hashlimit-htable-gcinterval":
                return null;
            case "--comment":
                _comment = ImportBuilder.AsComment(first);
                return null;
            case "-j" or "--jump":
                return Target(first);
            case "--log-prefix" or "--nflog-prefix":
                _prefix = ImportBuilder.AsComment(first);
                return null;
            case "--log-level" or "--log-tcp-options" or "--log-ip-options" or "--log-tcp-sequence" or "--log-uid" or "--log-macdecode":
            case "--reject-with" when _outcome == ImportedOutcome.Reject:
                return null;
            case "--nflog-group" or "--nflog-size" or "--nflog-range" or "--nflog-threshold" or "-c" or "--set-counters":
                return null;
            case "-i" or "--in-interface":
                return Device(first, not.Length > 0);
            case "-o" or "--out-interface":
                return "packets are not routed yet at XDP, so there is no output device";
            case "-g" or "--goto":
                return isChain(first) ? null : $"there is no chain {first} in the file";
            default:
                return $"there is nothing like {option}";
        }
    }

    private string? Match(string field, string not, string value)
    {
        _matches.Add($"{field} {not}{value}");
        return null;
    }

    private static string Prefix(string address)
    {
        var slash = address.IndexOf('/');
        if (address is "0/0") return "0.0.0.0/0";
        if (slash < 0 || !AddressText.TryParseIpv4(address.AsSpan(slash + 1), out var mask)) return address;
        var hostBits = (int)uint.TrailingZeroCount(mask);
        return mask == (hostBits == 32 ? 0 : uint.MaxValue << hostBits) ? $"{address[..slash]}/{32 - hostBits}" : address;
    }

    private string? Protocol(string name, string not)
    {
        name = name.ToLowerInvariant() switch { "6" => "tcp", "17" => "udp", "132" => "sctp", var lower => lower };
        if (name is "all" or "0") return not.Length == 0 ? null : "no packet has another protocol than all";
        _protocolName = not.Length == 0 ? name : "";
        _protocol = isIp6 ? $"meta l4proto {not}{name}" : $"ip protocol {not}{name}";
        return null;
    }

    private string? Ports(string direction, string not, string[] ports)
    {
        _protocolIsNamed = true;
        var values =
            ports.Select(p => p.StartsWith(':') ? "0-" + p[1..] : p.EndsWith(':') ? p[..^1] + "-65535" : p.Replace(':', '-')).ToList();
        return Match($"{_protocolName} {direction}", not, values.Count == 1 ? values[0] : $"{{ {string.Join(", ", values)} }}");
    }

    private string? Flags(string mask, string value, string not)
    {
        _protocolIsNamed = true;
        _matches.Add($"tcp flags & ({Names(mask)}) {(not.Length == 0 ? "==" : "!=")} {Names(value)}");
        return null;

        static string Names(string flags) => flags switch
        {
            "ALL" => "fin|syn|rst|psh|ack|urg",
            "NONE" => "0",
            _ => flags.ToLowerInvariant().Replace(',', '|'),
        };
    }

    private string? Icmp(string type, string not)
    {
        var parts = type.Split('/');
        var protocol = isIp6 ? "icmpv6" : "icmp";
        _protocolIsNamed = true;
        if (type is "any" or "255" && not.Length == 0) return Match($"{protocol} type", "", "0-255");
        if (parts.Length == 1) return Match($"{protocol} type", not, type);
        return Match($"{protocol} type . {protocol} code", not, $"{parts[0]} . {parts[1]}");
    }

    private string? Keys(string[] modes)
    {
        _keys = [.. modes.Select(mode => (mode, _protocolName is "tcp" or "udp" or "sctp") switch
        {
            ("srcip", _) => $"{_ip} saddr",
            ("dstip", _) => $"{_ip} daddr",
            ("srcport", true) => $"{_protocolName} sport",
            ("dstport", true) => $"{_protocolName} dport",
            _ => "",
        })];
        return _keys.Contains("") ? "ports of hashlimit are known of tcp, udp and sctp" : null;
    }

    private string? Limit(string rate, string over)
    {
        var parts = rate.Split('/');
        var unit = parts.Length != 2 ? "" : parts[1] switch
        {
            "s" or "sec" or "second" => "second",
            "m" or "min" or "minute" => "minute",
            "h" or "hour" => "hour",
            "d" or "day" => "day",
            _ => "",
        };
        if (unit.Length == 0) return $"{rate} is not a rate that is known";
        _limit = $"limit rate {over}{parts[0]}/{unit}";
        return null;
    }

    /// <summary>Finds out where the rule leads, also when its matches are not understood.</summary>
    private void ReadTarget(List<string> words)
    {
        var at = words.FindLastIndex(w => w is "-j" or "--jump" or "-g" or "--goto");
        if (at < 0 || at + 1 >= words.Count) return;
        _target = words[at + 1];
        _outcome = (words[at] is "-g" or "--goto", _target) switch
        {
            (true, _) => ImportedOutcome.Goto,
            (_, "ACCEPT") => ImportedOutcome.Accept,
            (_, "DROP") => ImportedOutcome.Drop,
            (_, "RETURN") => ImportedOutcome.Return,
            (_, "REJECT") => ImportedOutcome.Reject,
            _ => isChain(_target) ? ImportedOutcome.Jump : ImportedOutcome.Continue,
        };
    }

    private string? Target(string target)
    {
        _verdict = target switch { "ACCEPT" => "pass", "DROP" => "drop", "LOG" or "NFLOG" => "log continue", _ => null };
        if (_outcome == ImportedOutcome.Reject)
            _note = "XDP cannot answer with an ICMP error or a TCP reset (write drop where no answer will do)";
        return _verdict is not null || _outcome is ImportedOutcome.Reject or ImportedOutcome.Return or ImportedOutcome.Jump
            ? null : $"there is no target or chain {target} to go to";
    }

    private string? Device(string name, bool isNegated)
    {
        var match = InterfaceMatch.Of([name], isNegated, devices);
        if (match.IsNever) return _matchesNothing = InterfaceMatch.OtherDevices(devices);
        if (match.IsAlways) return null;
        if (match.Devices is null) return InterfaceMatch.Unknown;
        _matches.Add(match.Text);
        return null;
    }

    private static string ReasonForModule(string module) => module switch
    {
        "state" or "conntrack" => "XDP runs before connection tracking, so no connection state is known here",
        "recent" or "connlimit" => $"{module} keeps state in netfilter (a limit with a key may do: limit rate over 10/second per ip saddr)",
        "set" => "sets of ipset are not read (write a named set, with file for a long list)",
        "length" => "iptables counts the length from the IP header on, XDP from the Ethernet header on",
        "owner" or "socket" => "received packets have no socket yet at XDP",
        _ => $"there is no match like {module}",
    };
}
