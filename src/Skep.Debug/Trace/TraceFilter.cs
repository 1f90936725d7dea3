using System.Diagnostics.CodeAnalysis;
using Skep.Analysis.Explain;
using Skep.Debug.Debugger.Expressions;

namespace Skep.Debug.Trace;

/// <summary>
/// Which calls are wanted: an expression as the debugger's conditions, over <c>result</c>, <c>duration</c>, <c>cpu</c>, <c>pid</c>,
/// <c>tid</c>, <c>comm</c>, <c>length</c>, the arguments by name and by number (<c>arg0</c>), and the words for results (<c>XDP_DROP</c>).
/// </summary>
public sealed class TraceFilter
{
    // Numbers that have words in one program type or another.
    private const int LeastResult = -1, MostResult = 255;

    private readonly List<string> _texts = [];
    private readonly IReadOnlyList<TraceTarget> _targets;
    private Expression? _expression;
    private TraceCall? _call;

    private TraceFilter(IReadOnlyList<TraceTarget> targets) => _targets = targets;

    /// <summary>Reads a filter. False with a mistake.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="targets">The functions whose parameters have names.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="mistake">What is wrong.</param>
    public static bool TryParse(
        string text, IReadOnlyList<TraceTarget> targets, [NotNullWhen(true)] out TraceFilter? filter,
        [NotNullWhen(false)] out string? mistake)
    {
        var read = new TraceFilter(targets);
        bool isRead = ExpressionParser.TryParse(text, read.Resolve, out Expression? expression, out mistake);
        read._expression = expression;
        filter = isRead ? read : null;
        return isRead;
    }

    /// <summary>Whether a call is wanted. One that the expression cannot be computed for, as it divides by 0, is not.</summary>
    public bool Takes(TraceCall call)
    {
        _call = call;
        try
        {
            return _expression!.Evaluate(null) != 0;
        }
        catch (ExpressionException)
        {
            return false;
        }
    }

    private NamedExpression? Resolve(string name)
    {
        if (name[0] == '"')
        {
            // The number of a text is its place; that of comm is the place of the text that it is.
            string text = name[1..^1];
            if (!_texts.Contains(text)) _texts.Add(text);
            ulong place = (ulong)_texts.IndexOf(text) + 1;
            return new NamedExpression(() => place);
        }

        switch (name)
        {
            case "result":
                return new NamedExpression(() => (ulong)TracedValues.ResultNumber(_call!));
            case "duration":
                return new NamedExpression(() => _call!.DurationNs);
            case "cpu":
                return new NamedExpression(() => _call!.Task.Cpu);
            case "pid":
                return new NamedExpression(() => _call!.Task.Pid);
            case "tid":
                return new NamedExpression(() => _call!.Task.Tid);
            case "comm":
                return new NamedExpression(() => (ulong)(_texts.IndexOf(_call!.Task.Comm) + 1));
            case "length":
                return new NamedExpression(() => (ulong)((_call!.Before ?? _call.After)?.Length ?? 0));
        }

        if (ArgumentNumber(name) is { } argument)
            return new NamedExpression(() => argument < _call!.Arguments.Count ? _call.Arguments[argument] : 0);
        for (long value = LeastResult; value <= MostResult; value++)
        {
            ulong number = (ulong)value;
            if (ReturnMeaning.Name(_targets[0].Program.Type, _targets[0].Program.ExpectedAttachType, value) == name)
                return new NamedExpression(() => number);
        }

        return null;
    }

    private int? ArgumentNumber(string name)
    {
        foreach (TraceTarget target in _targets)
            for (int i = 0; i < target.Parameters.Count; i++)
                if (target.Parameters[i].Name == name) return i;
        return name is ['a', 'r', 'g', >= '0' and < (char)('0' + TraceLayout.MostArgs)] ? name[3] - '0' : null;
    }
}
