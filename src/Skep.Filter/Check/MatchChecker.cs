using System;
using Skep.Filter.Model;
using Skep.Filter.Syntax;
using Skep.Output;
using Skep.Packets.Values;

namespace Skep.Filter.Check;

/// <summary>Turns written matches into checked ones.</summary>
/// <param name="source">The text.</param>
/// <param name="diagnostics">Where errors go.</param>
/// <param name="sets">The sets that matches may name.</param>
/// <param name="rules">How many rules there are.</param>
internal sealed class MatchChecker(SourceText source, DiagnosticBag diagnostics, IReadOnlyDictionary<string, Set?> sets, int rules)
{
    private readonly ElementChecker _elements = new(source, diagnostics);
    private readonly SharedMatches _shared = new(rules);

    internal HashSet<string> UsedSets { get; } = [];

    internal Match? Check(MatchSyntax syntax)
    {
        if (CheckFields(syntax) is not { } fields) return null;
        return syntax.Value switch
        {
            FlagsSyntax flags => CheckFlags(syntax, flags),
            SetReferenceSyntax reference => CheckReference(syntax, reference, fields),
            _ => CheckValues(syntax, (ElementsSyntax)syntax.Value, fields),
        };
    }

    private ValueList<Field>? CheckFields(MatchSyntax syntax)
    {
        if (syntax.Fields is [var only]) return SharedMatches.ListOf(only.Field);
        if (syntax.Fields.Length > SetChecker.MaxParts)
        {
            diagnostics.Error(source, syntax.Span, $"a concatenation has at most {SetChecker.MaxParts} fields");
            return null;
        }
        var fields = new List<Field>();
        foreach (var (field, span) in syntax.Fields)
        {
            if (field == Field.TcpFlags)
            {
                diagnostics.Error(source, span, "tcp flags are not joined with other fields", "match them on their own");
                return null;
            }
            if (fields.Contains(field))
            {
                diagnostics.Error(source, span, $"{FieldInfo.Of(field).Name} stands twice in the concatenation");
                return null;
            }
            fields.Add(field);
        }
        return [.. fields];
    }

    private Match? CheckFlags(MatchSyntax syntax, FlagsSyntax flags)
    {
        var negated = syntax.Comparison == Comparison.NotEqual;
        if (_elements.CheckFlags(flags.Value.Words) is not { } value) return null;
        if (flags.Mask is null)
        {
            if (value != 0) return value == 0xff ? ExactFlags(true, 0) : new FlagsMatch(true, value, 0);
            diagnostics.Error(source, flags.Span, "none of the flags can be one of no flags",
                "write tcp flags == 0 for packets without any flag");
            return null;
        }
        if (_elements.CheckFlags(flags.Mask.Words) is not { } mask) return null;
        if (mask == 0)
        {
            diagnostics.Error(source, flags.Mask.Span, "the mask is empty, so nothing is compared");
            return null;
        }
        if ((value & ~mask) != 0)
        {
            diagnostics.Error(source, flags.Span,
                $"{ValueText.FormatFlags((byte)(value & ~mask))} is not within the mask, so this "
                + $"{(negated ? "always matches" : "never matches")}", "put the flag into the mask too");
            return null;
        }
        return mask == 0xff ? ExactFlags(negated, value) : new FlagsMatch(negated, mask, value);
    }

    private static ValuesMatch ExactFlags(bool negated, byte value) =>
        new([Field.TcpFlags], negated, new ElementList(1, [new(value, value)]));

    private SetMatch? CheckReference(MatchSyntax syntax, SetReferenceSyntax reference, ValueList<Field> fields)
    {
        if (!CheckEquality(syntax, "a set")) return null;
        UsedSets.Add(reference.Name);
        if (!sets.TryGetValue(reference.Name, out var set))
        {
            diagnostics.Error(source, reference.Span, $"there is no set {reference.Name}",
                Spelling.DidYouMean(reference.Name, sets.Keys) is { } meant
                ? meant : sets.Count == 0 ? $"declare it: set {reference.Name} {{ type ipv4_addr; elements = {{ ... }} }}"
                : $"the sets are {string.Join(", ", sets.Keys)}");
            return null;
        }
        // A set that was refused has been reported at its declaration.
        if (set is null) return null;
        var needed = fields.Select(f => FieldInfo.Of(f).Type).ToList();
        if (needed.SequenceEqual(set.Types)) return new(fields, syntax.Comparison == Comparison.NotEqual, reference.Name);
        foreach (var field in fields)
        {
            if (DataTypeInfo.NameOf(FieldInfo.Of(field).Type) is not null) continue;
            diagnostics.Error(source, reference.Span, $"{FieldInfo.Of(field).Name} is not matched with named sets",
                "write its values in braces");
            return null;
        }
        diagnostics.Error(source, reference.Span,
            $"set {reference.Name} holds {Describe(set.Types)}, and {string.Join(" . ", fields.Select(f => FieldInfo.Of(f).Name))} is "
            + $"{Describe(needed)}",
            "use a set of that type");
        return null;
    }

    private static string Describe(IEnumerable<DataType> types) => string.Join(" . ", types.Select(DataTypeInfo.NameOf));

    private ValuesMatch? CheckValues(MatchSyntax syntax, ElementsSyntax values, ValueList<Field> fields)
    {
        if (values.Elements.Count == 0)
        {
            diagnostics.Error(source, values.Span, "the braces are empty, so this never matches anything",
                "write values, or a named set that is filled later");
            return null;
        }
        if (values.IsBraced && !CheckEquality(syntax, "a list of values")) return null;
        var negated = syntax.Comparison == Comparison.NotEqual;
        if (syntax.Comparison is not (Comparison.Equal or Comparison.NotEqual))
        {
            return CheckElements(values.Elements, fields) is { } compared
                && CheckOrder(syntax, fields, compared, PartType.Of(fields[0])) is { } range ? _shared.Of(fields[0], false, range) : null;
        }
        if (values.Elements is [var element] && fields is [var field])
        {
            Interval row = default;
            return CheckElement(element, [PartType.Of(field)], new(ref row)) ? _shared.Of(field, negated, row) : null;
        }
        return CheckElements(values.Elements, fields) is { } elements ? new(fields, negated, elements) : null;
    }

    private ElementList? CheckElements(IReadOnlyList<ElementSyntax> written, ValueList<Field> fields)
    {
        Span<PartType> types = stackalloc PartType[fields.Count];
        Span<Interval> row = stackalloc Interval[fields.Count];
        for (var i = 0; i < types.Length; i++) types[i] = PartType.Of(fields[i]);
        var list = written.Count == 1 ? null : new ElementListBuilder(types.Length);
        var isRead = true;
        for (var i = 0; i < written.Count && !(i > 0 && diagnostics.IsFull); i++)
        {
            isRead &= CheckElement(written[i], types, row);
            if (isRead) list?.Add(row, null);
        }
        return !isRead ? null : list?.Build() ?? new(types.Length, [.. row]);
    }

    private bool CheckElement(ElementSyntax element, ReadOnlySpan<PartType> types, Span<Interval> row)
    {
        if (element.Timeout is { } timeout)
            diagnostics.Error(source, timeout.Span, "values in a rule do not run out", "use a named set with flags timeout");
        if (element.Counter is { } counter)
            diagnostics.Error(source, counter.Span, "values in a rule do not count; the rule counts", "use a named set with counter");
        return _elements.TryCheck(element, types, row) && element is { Timeout: null, Counter: null };
    }

    private Interval? CheckOrder(MatchSyntax syntax, ValueList<Field> fields, ElementList elements, PartType type)
    {
        if (fields.Count > 1 || !elements[0][0].IsSingle || !DataTypeInfo.Of(type.Type).IsOrdered)
        {
            diagnostics.Error(source, syntax.Span, "only single values of one field are compared by order", "write a range like 1-1023");
            return null;
        }
        var value = elements[0][0].Low;
        var (low, high) = (type.Domain.Low, type.Domain.High);
        Interval? range = syntax.Comparison switch
        {
            Comparison.Less => value == low ? null : new(low, value - 1),
            Comparison.LessOrEqual => new(low, value),
            Comparison.Greater => value == high ? null : new(value + 1, high),
            _ => new(value, high),
        };
        if (range is null) diagnostics.Error(source, syntax.Span, "no value is beyond the end of the field, so this never matches");
        return range;
    }

    private bool CheckEquality(MatchSyntax syntax, string what)
    {
        if (syntax.Comparison is Comparison.Equal or Comparison.NotEqual) return true;
        diagnostics.Error(source, syntax.Span, $"{what} has no order", "write it alone, or with !=");
        return false;
    }
}
