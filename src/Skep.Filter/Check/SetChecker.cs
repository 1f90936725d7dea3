using System.Globalization;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Output;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>Turns a written set into a checked one, with its feed read.</summary>
internal sealed class SetChecker(SourceText source, DiagnosticBag diagnostics, FeedReader feeds)
{
    internal const int MaxParts = 8;
    internal const string TimeForm = "write days, hours, minutes, seconds, milliseconds like 1d, 12h30m or 500ms, up to 3650d";
    internal const int MaxSize = 1 << 26;

    // PATH_MAX of Linux.
    internal const int MaxPath = 4096;

    private readonly ElementChecker _elements = new(source, diagnostics);

    internal Set? Check(SetSyntax syntax)
    {
        if (!Names.CheckIdentifier(syntax.Name, "set", source, diagnostics)) return null;
        if (CheckTypes(syntax) is not { } types || !CheckFlags(syntax, out var isInterval, out var hasTimeouts)) return null;
        TimeSpan? timeout = null;
        if (syntax.Timeout is { } word && (timeout = CheckTimeout(word)) is null) return null;
        int? size = null;
        if (syntax.Size is { } sizeWord)
        {
            if (!int.TryParse(sizeWord.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is 0 or > MaxSize)
            {
                diagnostics.Error(source, sizeWord.Span, $"a set's size is a number from 1 to {MaxSize}");
                return null;
            }
            size = number;
        }
        if (syntax.Comment is { } comment && !Names.CheckComment(comment, source, diagnostics)) return null;
        var start = default(ElementCount);
        if (syntax.Counter is { } counter && !CounterText.TryCheck(counter, source, diagnostics, out start)) return null;
        if (CheckElements(syntax, types, hasTimeouts || timeout is not null, start, out var hasRanges) is not { } elements) return null;
        if (syntax.File is { } path && (path.Text.Length is 0 or > MaxPath || path.Text.Any(char.IsControl)))
        {
            diagnostics.Error(source, path.Span, $"a feed's path has 1 to {MaxPath} characters, none of them a control character");
            return null;
        }

        var set = new Set(syntax.Name.Text, types, isInterval || hasRanges, hasTimeouts || timeout is not null, timeout, size,
            syntax.File?.Text, elements, syntax.Comment?.Text)
        {
            Line = source.PositionOf(syntax.Span.Start).Line,
            HasCounters = syntax.Counter is not null,
        };
        if (syntax.File is { } file) set = ReadFeed(set, file, start);
        if (set.HasCounters) CheckApart(set, syntax);
        var count = set.CountOf(set.AllElements());
        if (size is not null && count > size)
            diagnostics.Error(source, syntax.Size!.Value.Span, $"set {set.Name} has {count} elements and room for {size}",
                "raise the size, or leave it out");
        return set;
    }

    /// <summary>Each element counts by itself, so no value may be in two of them.</summary>
    private void CheckApart(Set set, SetSyntax syntax)
    {
        var all = set.AllElements();
        if (all.Width > 1) return;
        var bits = DataTypeInfo.BitsOf(set.Types[0]);
        for (var row = 1; row < all.Count; row++)
        {
            var (before, next) = (all[row - 1][0], all[row][0]);
            if (next.Low > before.High) continue;
            diagnostics.Error(source, syntax.Counter!.Span,
                $"set {set.Name} counts by element, and {ValueText.FormatPart(next, set.Types[0], bits)} is in "
                + $"{ValueText.FormatPart(before, set.Types[0], bits)} or overlaps it",
                "leave one of them out, or write counter in no set that has elements in others");
            return;
        }
    }

    private Set ReadFeed(Set set, Token file, ElementCount start)
    {
        var feed = feeds(file.Text);
        if (feed.Text is null)
        {
            diagnostics.Error(source, file.Span, $"the feed {file.Text} of set {set.Name} could not be read: {feed.Error}",
                "paths are relative to the rule file");
            return set;
        }
        var elements =
            FeedParser.Parse(
                file.Text, feed.Text, set.Name, new(set.Types, MayHaveRanges: true, set.HasTimeouts, set.HasCounters, start), diagnostics,
                out var hasRanges);
        return set with { FeedElements = elements, IsInterval = set.IsInterval || hasRanges };
    }

    private ValueList<DataType>? CheckTypes(SetSyntax syntax)
    {
        if (syntax.Types.Count == 0)
        {
            diagnostics.Error(source, syntax.Name.Span, $"set {syntax.Name.Text} has no type",
                "write type ipv4_addr; or another type in it");
            return null;
        }
        if (syntax.Types.Count > MaxParts)
        {
            diagnostics.Error(source, syntax.Types[MaxParts].Span, $"a set's elements have at most {MaxParts} parts");
            return null;
        }
        var types = new List<DataType>();
        foreach (var word in syntax.Types)
        {
            if (DataTypeInfo.Find(word.Text) is not { } type)
            {
                diagnostics.Error(source, word.Span, $"there is no set type {word.Text}",
                    Spelling.DidYouMean(word.Text, DataTypeInfo.SetNames)
                    ?? $"the types are {string.Join(", ", DataTypeInfo.SetNames)}");
                return null;
            }
            types.Add(type);
        }
        return [.. types];
    }

    private bool CheckFlags(SetSyntax syntax, out bool isInterval, out bool hasTimeouts)
    {
        (isInterval, hasTimeouts) = (false, false);
        foreach (var flag in syntax.Flags)
        {
            switch (flag.Text)
            {
                case "interval":
                    isInterval = true;
                    break;
                case "timeout":
                    hasTimeouts = true;
                    break;
                default:
                    var suggestion = flag.Text switch
                    {
                        "constant" => "leave it out; every set can be changed while it is in use",
                        "dynamic" => "leave it out; rules do not add to sets, skep filter set add does",
                        _ => Spelling.DidYouMean(flag.Text, ["interval", "timeout"]),
                    };
                    diagnostics.Error(source, flag.Span, $"a set has no flag {flag.Text}; its flags are interval and timeout", suggestion);
                    return false;
            }
        }
        return true;
    }

    private TimeSpan? CheckTimeout(Token word)
    {
        if (DurationText.TryParse(word.Text, out var timeout)) return timeout;
        diagnostics.Error(source, word.Span, $"{word.Text} is not a time", TimeForm);
        return null;
    }

    private ElementList? CheckElements(
        SetSyntax syntax, ValueList<DataType> types, bool mayTimeOut, ElementCount start, out bool hasRanges)
    {
        hasRanges = false;
        PartType[] parts = [.. types.Select(PartType.Of)];
        var row = new Interval[parts.Length];
        var list = new ElementListBuilder(types.Count, keepsRows: syntax.Counter is not null);
        var errors = diagnostics.ErrorCount;
        foreach (var element in syntax.Elements ?? [])
        {
            if (diagnostics.IsFull) break;
            TimeSpan? timeout = null;
            if (element.Timeout is { } word)
            {
                timeout = CheckTimeout(word);
                if (!mayTimeOut) diagnostics.Error(source, word.Span, "the set's elements do not run out", "add flags timeout to the set");
            }
            var count = start;
            if (element.Counter is { } counter)
            {
                CounterText.TryCheck(counter, source, diagnostics, out count);
                if (syntax.Counter is null)
                    diagnostics.Error(source, counter.Span, "the set's elements do not count", "add counter to the set");
            }
            if (!_elements.TryCheck(element, parts, row)) continue;
            hasRanges |= !ElementChecker.AreSingle(row);
            list.Add(row, timeout, count);
        }
        return diagnostics.ErrorCount == errors ? list.Build() : null;
    }
}
