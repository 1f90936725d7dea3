using System.Globalization;
using System.Text;
using Skep.Filter.Model;
using Skep.Packets.Values;

namespace Skep.Filter.Format;

/// <summary>Writes rules in their canonical form, each on one line.</summary>
public static class RuleFormatter
{
    /// <summary>Writes a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <returns>Its text, which reads back as an equal rule.</returns>
    public static string Format(Rule rule) => Format(rule, withComment: true);

    internal static string Format(Rule rule, bool withComment)
    {
        var parts = new List<string>();
        foreach (var match in rule.Matches) parts.Add(Format(match));
        if (rule.Limit is { } limit) parts.Add(Format(limit));
        foreach (var statement in rule.Statements) parts.Add(Format(statement));
        parts.Add(Format(rule.Verdict));
        if (withComment && rule.Comment is { } comment) parts.Add("comment " + Quote(comment));
        return string.Join(' ', parts);
    }

    /// <summary>Writes a match.</summary>
    /// <param name="match">The match.</param>
    /// <returns>Its text.</returns>
    public static string Format(Match match)
    {
        var fields = match.Fields is [var only] ? FieldInfo.Of(only).Name : FormatFields(match.Fields);
        var negation = match.Negated ? "!= " : "";
        switch (match)
        {
            case SetMatch set:
                return $"{fields} {negation}@{set.SetName}";
            case FlagsMatch { Negated: true, Value: 0 } any:
                return $"{fields} {ValueText.FormatFlags(any.Mask).Replace('|', ',')}";
            case FlagsMatch flags:
                var mask = ValueText.FormatFlags(flags.Mask);
                if (mask.Contains('|')) mask = $"({mask})";
                return $"{fields} & {mask} {(match.Negated ? "!=" : "==")} {ValueText.FormatFlags(flags.Value)}";
            case ValuesMatch { Fields: [var field], Elements: { Count: 1 } elements }
                when elements[0][0] is { IsSingle: true, Low: var value }:
                // Flags without a sign would mean any of them.
                if (negation.Length == 0 && field == Field.TcpFlags) negation = "== ";
                return $"{fields} {negation}{ValueText.Format(value, FieldInfo.Of(field).Type)}";
            default:
                var values = (ValuesMatch)match;
                var words =
                    FormatElements(values.Elements, [.. match.Fields.Select(f => FieldInfo.Of(f).Type)],
                        [.. match.Fields.Select(f => FieldInfo.Of(f).Bits)]).ToList();
                if (words.Count > 1) return $"{fields} {negation}{{ {string.Join(", ", words)} }}";
                return $"{fields} {negation}{words[0]}";
        }
    }

    internal static string FormatFields(IEnumerable<Field> fields) => string.Join(" . ", fields.Select(f => FieldInfo.Of(f).Name));

    internal static IEnumerable<string> FormatElements(ElementList elements, DataType[] types, int[] bits)
    {
        for (var row = 0; row < elements.Count; row++)
        {
            if (elements.Width > 1)
            {
                yield return FormatRow(elements, row, types, bits);
                continue;
            }
            var options = Options(elements, row);
            foreach (var word in ValueText.Format(elements[row][0], types[0], bits[0])) yield return word + options;
        }
    }

    private static string FormatRow(ElementList elements, int row, DataType[] types, int[] bits)
    {
        var text = new StringBuilder();
        for (var i = 0; i < elements.Width; i++)
        {
            if (i > 0) text.Append(" . ");
            text.Append(ValueText.FormatPart(elements[row][i], types[i], bits[i]));
        }
        return text.Append(Options(elements, row)).ToString();
    }

    private static string Options(ElementList elements, int row) =>
        (elements.CountOf(row) is var count && count != default ? $" {count}" : "")
        + (elements.TimeoutOf(row) is { } time ? " timeout " + DurationText.Format(time) : "");

    /// <summary>The elements of the rule file itself: in a set without ranges each value, since a range would make it one with.</summary>
    internal static IEnumerable<string> FormatElements(Set set)
    {
        DataType[] types = [.. set.Types];
        int[] bits = [.. set.Types.Select(DataTypeInfo.BitsOf)];
        if (set.HasCounters) return Enumerable.Range(0, set.Elements.Count).Select(row => FormatRow(set.Elements, row, types, bits));
        return set.IsInterval || types.Length > 1 ? FormatElements(set.Elements, types, bits) : Values();

        IEnumerable<string> Values()
        {
            for (var row = 0; row < set.Elements.Count; row++)
            {
                var range = set.Elements[row][0];
                var options = Options(set.Elements, row);
                for (var value = range.Low; ; value++)
                {
                    yield return ValueText.FormatPart(new(value, value), types[0], bits[0]) + options;
                    if (value == range.High) break;
                }
            }
        }
    }

    internal static string Format(RateLimit limit)
    {
        var text = new StringBuilder("limit rate ");
        if (limit.Over) text.Append("over ");
        text.Append(CultureInfo.InvariantCulture, $"{limit.Rate}/{UnitName(limit.Unit)}");
        if (limit.Burst != RateLimit.DefaultBurst) text.Append(CultureInfo.InvariantCulture, $" burst {limit.Burst}");
        if (limit.Key.Count > 0) text.Append(" per ").Append(FormatFields(limit.Key));
        if (limit.MaxKeys != RateLimit.DefaultMaxKeys) text.Append(CultureInfo.InvariantCulture, $" size {limit.MaxKeys}");
        return text.ToString();
    }

    internal static string UnitName(RateUnit unit) => unit switch
    {
        RateUnit.Second => "second",
        RateUnit.Minute => "minute",
        RateUnit.Hour => "hour",
        RateUnit.Day => "day",
        _ => "week",
    };

    internal static string Format(Statement statement) => statement switch
    {
        LogStatement { SampleOneIn: 1 } => "log",
        LogStatement log => string.Create(CultureInfo.InvariantCulture, $"log sample 1/{log.SampleOneIn}"),
        SetStatement set => $"{FieldInfo.Of(set.Field).Name} set {ValueText.Format(set.Value, FieldInfo.Of(set.Field).Type)}",
        _ => "swap " + string.Join(',', ((SwapStatement)statement).Headers.Select(HeaderPairs.NameOf)),
    };

    /// <summary>Writes a verdict.</summary>
    /// <param name="verdict">The verdict.</param>
    /// <returns>Its text.</returns>
    public static string Format(Verdict verdict) => verdict.Kind switch
    {
        VerdictKind.Continue => "continue",
        VerdictKind.Drop => "drop",
        VerdictKind.Pass => "pass",
        VerdictKind.Tx => "tx",
        VerdictKind.RedirectCpu => string.Create(CultureInfo.InvariantCulture, $"redirect cpu {verdict.Cpu}"),
        VerdictKind.RedirectXsk => "redirect xsk",
        VerdictKind.RedirectFib => "redirect fib",
        _ => "redirect " + FormatDevice(verdict.Device!, isTarget: true),
    };

    internal static string FormatDevice(string name, bool isTarget)
    {
        var isWord = name.All(Syntax.Lexer.IsWordCharacter) && name is not ("-" or "/" or ".");
        var isKeyword = isTarget && name is "cpu" or "xsk" or "fib" or "to" or "dev";
        return isWord && !isKeyword ? name : Quote(name);
    }

    internal static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
}
