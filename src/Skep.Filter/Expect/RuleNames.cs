using System.Globalization;
using Skep.Filter.Check;
using Skep.Filter.Format;
using Skep.Filter.Model;

namespace Skep.Filter.Expect;

/// <summary>Finds rules of a table by what a user may call them; -1 for none.</summary>
internal sealed class RuleNames(Table table)
{
    private Dictionary<string, int>? _names;
    private Dictionary<int, int>? _lines;

    internal int Count => table.Rules.Count;

    /// <summary>By its number in the table, from 1.</summary>
    internal int Number(string text) => TryNumber(text, out var number) && number <= Count ? number - 1 : -1;

    /// <summary>By the line where it begins.</summary>
    internal int AtLine(string text)
    {
        if (_lines is null)
        {
            _lines = [];
            for (var i = 0; i < Count; i++) _lines.TryAdd(table.Rules[i].Line, i);
        }
        return TryNumber(text, out var line) ? _lines.GetValueOrDefault(line, -1) : -1;
    }

    /// <summary>By its id, which is its comment where it has one, or by its text, in whichever form it is written.</summary>
    internal int Named(string name)
    {
        if (_names is null)
        {
            // Ids first: no text is to hide them.
            _names = [];
            for (var i = 0; i < Count; i++) _names.TryAdd(table.Rules[i].Id, i);
            for (var i = 0; i < Count; i++)
            {
                _names.TryAdd(RuleFormatter.Format(table.Rules[i]), i);
                _names.TryAdd(RuleFormatter.Format(table.Rules[i], withComment: false), i);
            }
        }
        if (_names.TryGetValue(name, out var place)) return place;
        var (rule, _) = LoneRule.Read(name, table.Sets.ToDictionary(s => s.Name, Set? (s) => s));
        return rule is null ? -1 : _names.GetValueOrDefault(RuleFormatter.Format(rule), -1);
    }

    /// <summary>The ids of all rules.</summary>
    internal IEnumerable<string> Ids => table.Rules.Select(rule => rule.Id);

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
}
