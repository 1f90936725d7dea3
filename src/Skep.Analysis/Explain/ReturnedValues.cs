using System.Globalization;
using Skep.Analysis.Analyze;
using Skep.Inventory.Code;

namespace Skep.Analysis.Explain;

/// <summary>A value that the program may return.</summary>
/// <param name="Number">The number as the kernel reads it; null for a value that is computed: any of <paramref name="Numbers"/>.</param>
/// <param name="Numbers">The numbers that it may be, of 32 bits.</param>
/// <param name="Text">Its name or where it comes from, in words.</param>
/// <param name="Slots">The instructions that make it.</param>
public sealed record ReturnedValue(long? Number, Numbers Numbers, string Text, IReadOnlyList<int> Slots);

/// <summary>Finds the values that the main program may return: all that can happen are among them.</summary>
internal sealed class ReturnedValues(ProgramAnalysis analysis, Definitions definitions, SourceWords words)
{
    private readonly ProgramCode _code = analysis.Code;
    private readonly Dictionary<long, SortedSet<int>> _numbers = [];
    private readonly Dictionary<string, (Numbers Numbers, SortedSet<int> Slots)> _computed = [];

    /// <summary>The values, in order of the instructions that make them.</summary>
    public IReadOnlyList<ReturnedValue> Find()
    {
        foreach (ReturnFact end in analysis.Returns)
            if (end.Function == 0) Add(end);
        return [.. _numbers.Select(pair => new ReturnedValue(pair.Key, Numbers.Of((uint)pair.Key), Text(pair.Key), [.. pair.Value]))
            .Concat(_computed.Select(pair => new ReturnedValue(null, pair.Value.Numbers, pair.Key, [.. pair.Value.Slots])))
            .OrderBy(value => value.Slots[0])];
    }

    private void Add(in ReturnFact end)
    {
        Numbers all = Possible(end.Numbers);
        HashSet<ulong>? rest = all.ToList() is { } list ? [.. list] : null;
        var computed = new List<(int Slot, Numbers Numbers, string Text)>();
        foreach (Definition made in definitions.Returned(end))
        {
            Numbers numbers = Possible(made.Numbers);
            if (numbers.ToList() is not { } few)
            {
                computed.Add((made.Slot, numbers, words.Of(made.Value)));
                continue;
            }

            foreach (ulong number in few)
            {
                if (!all.Contains(number)) continue;
                Add(number, made.Slot);
                rest?.Remove(number);
            }
        }

        if (computed.Count == 0 && rest is null or { Count: > 0 }) computed.Add((end.Slot, all, words.Of(end.Result)));
        foreach ((int slot, Numbers numbers, string text) in computed)
        {
            if (rest is null) AddComputed(text, numbers, slot);
            else foreach (ulong number in rest) Add(number, slot);
        }
    }

    private Numbers Possible(in Numbers numbers) =>
        ReturnMeaning.Possible(_code.Type, _code.ExpectedAttachType, NumberArithmetic.Low(numbers, 32));

    private void Add(ulong number, int slot)
    {
        long read = (int)number;
        if (!_numbers.TryGetValue(read, out SortedSet<int>? slots)) _numbers[read] = slots = [];
        slots.Add(slot);
    }

    private void AddComputed(string text, in Numbers numbers, int slot)
    {
        if (_computed.TryGetValue(text, out (Numbers Numbers, SortedSet<int> Slots) known))
            _computed[text] = (known.Numbers.Join(numbers), known.Slots);
        else _computed[text] = (numbers, []);
        _computed[text].Slots.Add(slot);
    }

    private string Text(long number) =>
        ReturnMeaning.Name(_code.Type, _code.ExpectedAttachType, number) is { } name ? $"{name} ({number})"
            : number.ToString(CultureInfo.InvariantCulture);
}
