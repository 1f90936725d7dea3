using System;
using System.Text;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>Reads elements of a command line.</summary>
public static class ElementText
{
    internal const string TimeoutRemedy = "declare it with flags timeout, and apply the file";
    internal const string IntervalRemedy = "declare it with flags interval, and apply the file";

    /// <summary>Reads elements with commas between them, with or without braces around them all.</summary>
    internal static ElementList Read(string text, ElementForm form, DiagnosticBag diagnostics)
    {
        var types = form.Types;
        var trimmed = text.Trim();
        if (trimmed.StartsWith('{') && trimmed.EndsWith('}')) trimmed = trimmed[1..^1];
        var source = new SourceText("elements", trimmed);
        var syntax = Parser.ParseLoneElements(source, diagnostics);
        var list = new ElementListBuilder(types.Count, keepsRows: form.MayCount);
        var checker = new ElementChecker(source, diagnostics);
        PartType[] parts = [.. types.Select(PartType.Of)];
        var row = new Interval[parts.Length];
        foreach (var element in syntax)
        {
            TimeSpan? timeout = null;
            if (element.Timeout is { } word)
            {
                if (DurationText.TryParse(word.Text, out var time)) timeout = time;
                else diagnostics.Error(source, word.Span, $"{word.Text} is not a time", SetChecker.TimeForm);
                if (!form.MayTimeOut)
                    diagnostics.Error(source, word.Span, "the set's elements do not run out", "declare it with flags timeout");
            }
            var count = default(ElementCount);
            if (element.Counter is { } counter)
            {
                CounterText.TryCheck(counter, source, diagnostics, out count);
                if (!form.MayCount) diagnostics.Error(source, counter.Span, "the set's elements do not count", "declare it with counter");
            }
            if (!checker.TryCheck(element, parts, row)) continue;
            if (!form.MayHaveRanges && !ElementChecker.AreSingle(row))
                diagnostics.Error(source, element.Span, "the set takes single values", IntervalRemedy);
            list.Add(row, timeout, count);
        }
        return list.Build();
    }

    /// <summary>The elements of a command line, a string each.</summary>
    /// <param name="words">The words, with or without commas and braces.</param>
    /// <returns>The elements.</returns>
    public static IEnumerable<string> Split(IEnumerable<string> words) =>
        Join(words).Trim(' ', '{', '}').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Joins the words of a command line: a comma goes between two that no dot or word behind an element joins.</summary>
    internal static string Join(IEnumerable<string> words)
    {
        var text = new StringBuilder();
        var joins = true;
        foreach (var word in words.SelectMany(w => w.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            var isOption = word is "timeout" or CounterText.Packets or CounterText.Bytes;
            var isJoint = isOption || word is "." or CounterText.Keyword or "}" or ",";
            if (!joins && !isJoint && !word.StartsWith(',')) text.Append(',');
            if (text.Length > 0) text.Append(' ');
            text.Append(word);
            joins = isOption || word is "." or "{" || word.EndsWith(',');
        }
        return text.ToString();
    }
}
