using System.Globalization;
using System.Net;
using System.Numerics;
using Skep.Testing;

namespace Skep.Filter.Bench;

/// <summary>A list of rules in the languages of filters: the same packets are dropped, and all count.</summary>
internal static class ListText
{
    internal static string Rule(string language, ListedRule rule) => language switch
    {
        "skep" => rule.Text,
        "nft" => Nft(rule),
        "iptables" => Iptables(rule),
        "bpfilter" => Bpfilter(rule),
        "addresses" => Address(rule.Source.Low),
        _ => throw new ArgumentException($"no language '{language}'", nameof(language)),
    };

    private static string Nft(ListedRule rule)
    {
        var ports = Part($"{Protocol(rule)} sport ", Ports(rule.SourcePorts, '-')) + Part($"{Protocol(rule)} dport ",
            Ports(rule.DestinationPorts, '-'));
        return Part("ip saddr ", Prefix(rule.Source)) + Part("ip daddr ", Prefix(rule.Destination))
            + (ports.Length > 0 ? ports : $"ip protocol {Protocol(rule)} ") + $"counter {(rule.Passes ? "accept" : "drop")}";
    }

    private static string Iptables(ListedRule rule) =>
        Part("-s ", Prefix(rule.Source)) + Part("-d ", Prefix(rule.Destination)) + $"-p {Protocol(rule)} "
        + Part("--sport ", Ports(rule.SourcePorts, ':')) + Part("--dport ", Ports(rule.DestinationPorts, ':'))
        + $"-j {(rule.Passes ? "ACCEPT" : "DROP")}";

    private static string Bpfilter(ListedRule rule)
    {
        var ports = PortsOf("sport", rule.SourcePorts) + PortsOf("dport", rule.DestinationPorts);
        return "rule " + AddressOf('s', rule.Source) + AddressOf('d', rule.Destination)
            + (ports.Length > 0 ? ports : $"meta.l4_proto eq {Protocol(rule)} ") + $"counter {(rule.Passes ? "ACCEPT" : "DROP")}";

        string AddressOf(char side, Span32 span) =>
            Part(span.Low == span.High ? $"ip4.{side}addr eq " : $"ip4.{side}net eq ", Prefix(span));

        string PortsOf(string side, Span32 span) =>
            Part($"{Protocol(rule)}.{side} {(span.Low == span.High ? "eq" : "range")} ", Ports(span, '-'));
    }

    private static string Part(string before, string text) => text.Length == 0 ? "" : $"{before}{text} ";

    private static string Protocol(ListedRule rule) => rule.Protocol == 6 ? "tcp" : "udp";

    private static string Ports(Span32 span, char to) =>
        span is { Low: 0, High: ushort.MaxValue } ? ""
        : span.Low == span.High ? span.Low.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{span.Low}{to}{span.High}");

    private static string Prefix(Span32 span)
    {
        var host = span.High - span.Low;
        if (!BitOperations.IsPow2((ulong)host + 1) || (span.Low & host) != 0)
            throw new ArgumentException($"the addresses {Address(span.Low)}-{Address(span.High)} are no prefix");
        var length = BitOperations.LeadingZeroCount(host);
        return length switch
        {
            0 => "",
            32 => Address(span.Low),
            _ => string.Create(CultureInfo.InvariantCulture, $"{Address(span.Low)}/{length}"),
        };
    }

    private static string Address(uint address) =>
        new IPAddress([(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address]).ToString();
}
