using System.Globalization;
using Skep.Filter.Model;
using Skep.Filter.Syntax;

namespace Skep.Filter.Check;

/// <summary>Turns written limits, statements and verdicts into checked ones.</summary>
internal sealed class StatementChecker(SourceText source, DiagnosticBag diagnostics)
{
    private const uint MaxRate = 1_000_000_000;
    private const int MaxKeys = 1 << 24;
    private const ulong MaxCapacityNanoseconds = 1UL << 62;

    // NR_CPUS goes up to 8192 on x86-64.
    private const uint MaxCpu = 8191;

    private readonly ElementChecker _elements = new(source, diagnostics);

    internal RateLimit? CheckLimit(LimitSyntax syntax)
    {
        var parts = syntax.Rate.Text.Split('/');
        RateUnit? unit = parts is [_, var name] ? name switch
        {
            "second" => RateUnit.Second,
            "minute" => RateUnit.Minute,
            "hour" => RateUnit.Hour,
            "day" => RateUnit.Day,
            "week" => RateUnit.Week,
            _ => null,
        } : null;
        if (unit is null || !TryNumber(parts[0], 1, MaxRate, out var rate))
        {
            diagnostics.Error(source, syntax.Rate.Span, $"{syntax.Rate.Text} is not a rate",
                $"write a number from 1 to {MaxRate} and second, minute, hour, day or week: 100/second");
            return null;
        }
        var burst = RateLimit.DefaultBurst;
        if (syntax.Burst is { } burstWord && !TryNumber(burstWord.Text, 1, uint.MaxValue, out burst))
            return Refuse(burstWord, "a burst is a number of packets, at least 1");
        var maxKeys = (uint)RateLimit.DefaultMaxKeys;
        if (syntax.Size is { } size)
        {
            if (syntax.Key.Count == 0)
                return Refuse(size, "a limit without a key has one bucket", "leave size out, or write per FIELD before it");
            if (!TryNumber(size.Text, 1, MaxKeys, out maxKeys))
                return Refuse(size, $"a limit's size is a number of keys from 1 to {MaxKeys}");
        }
        var key = new List<Field>();
        foreach (var field in syntax.Key)
        {
            if (key.Contains(field.Field))
            {
                diagnostics.Error(source, field.Span, $"{FieldInfo.Of(field.Field).Name} stands twice in the key");
                return null;
            }
            key.Add(field.Field);
        }
        if (key.Count > SetChecker.MaxParts)
        {
            diagnostics.Error(source, syntax.Span, $"a key has at most {SetChecker.MaxParts} fields");
            return null;
        }
        var limit = new RateLimit(syntax.Over, rate, unit.Value, burst, [.. key], (int)maxKeys);
        if (limit.CostNanoseconds <= MaxCapacityNanoseconds / burst) return limit;
        return Refuse(syntax.Burst ?? syntax.Rate, "the burst is worth more than 146 years of the rate", "lower the burst");
    }

    internal Statement? CheckStatement(StatementSyntax syntax) => syntax switch
    {
        LogSyntax log => CheckLog(log),
        SetFieldSyntax set => CheckSet(set),
        _ => CheckSwap((SwapSyntax)syntax),
    };

    internal Verdict? CheckVerdict(VerdictSyntax syntax)
    {
        if (syntax is { Kind: VerdictKind.RedirectDevice, Argument: { } device })
            return Names.CheckDevice(device, source, diagnostics) ? new(syntax.Kind, device.Text) : null;
        if (syntax is not { Kind: VerdictKind.RedirectCpu, Argument: { } cpu }) return new(syntax.Kind);
        if (TryNumber(cpu.Text, 0, MaxCpu, out var number)) return new(syntax.Kind, Cpu: number);
        diagnostics.Error(source, cpu.Span, $"{cpu.Text} is not a CPU", $"write a number from 0 to {MaxCpu}");
        return null;
    }

    private LogStatement? CheckLog(LogSyntax syntax)
    {
        if (syntax.Sample is not { } sample) return new(1);
        if (sample.Text.StartsWith("1/", StringComparison.Ordinal) && TryNumber(sample.Text[2..], 1, uint.MaxValue, out var oneIn))
            return new(oneIn);
        diagnostics.Error(source, sample.Span, $"{sample.Text} is not a share", "write log sample 1/1000 for one packet in a thousand");
        return null;
    }

    private SetStatement? CheckSet(SetFieldSyntax syntax)
    {
        var info = FieldInfo.Of(syntax.Field.Field);
        if (!info.Settable)
        {
            diagnostics.Error(source, syntax.Field.Span, $"{info.Name} cannot be set", info.Header == Header.Sctp
                ? "SCTP's checksum covers the whole packet and would have to be made anew"
                : $"what can be set is {string.Join(", ", FieldInfo.All.Where(f => f.Settable).Select(f => f.Name))}");
            return null;
        }
        if (_elements.CheckPart(syntax.Value, PartType.Of(syntax.Field.Field)) is not { } range) return null;
        if (range.IsSingle) return new(info.Field, range.Low);
        diagnostics.Error(source, syntax.Value.Span, "a field is set to one value, not to a range");
        return null;
    }

    private SwapStatement? CheckSwap(SwapSyntax syntax)
    {
        var headers = new List<Header>();
        foreach (var word in syntax.Headers)
        {
            var header = HeaderPairs.Find(word.Text);
            if (header is null)
            {
                diagnostics.Error(source, word.Span, $"{word.Text} has no source and destination to swap", word.Text == "sctp"
                    ? "SCTP's checksum covers the whole packet and would have to be made anew"
                    : "swap ether, ip, ip6, tcp or udp");
                return null;
            }
            if (headers.Contains(header.Value))
            {
                diagnostics.Error(source, word.Span, $"{word.Text} is swapped twice");
                return null;
            }
            headers.Add(header.Value);
        }
        return new([.. headers]);
    }

    private RateLimit? Refuse(Token at, string message, string? suggestion = null)
    {
        diagnostics.Error(source, at.Span, message, suggestion);
        return null;
    }

    private static bool TryNumber(string text, uint low, uint high, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= low && number <= high;
}
