using System;
using Skep.Filter.Check;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Change;
using Skep.Filter.Runtime.Programs;
using Skep.Filter.Syntax;
using Skep.Linux.Errors;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.Sets;

/// <summary>What became of lines of a feed.</summary>
/// <param name="Line">The last of them, from 1.</param>
/// <param name="Added">How many elements they add.</param>
/// <param name="Deleted">How many they delete.</param>
/// <param name="Flushed">Whether they delete all elements that were there before.</param>
/// <param name="Error">Why none of them was applied; null when all were.</param>
/// <param name="IsKept">Whether they will be applied when the table is.</param>
public readonly record struct FedLines(long Line, long Added, long Deleted, bool Flushed, string? Error, bool IsKept = false);

/// <summary>
/// Changes sets of a table by lines that come over time: <c>add ELEMENT [TIME]</c>, <c>del ELEMENT</c>, <c>flush</c>; what stands between
/// <c>begin</c> and <c>commit</c> is applied as a whole or not at all. When the table is applied again, elements that came are put back.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="sets">The sets.</param>
/// <param name="name">What the lines come from, for messages.</param>
/// <param name="report">Takes what is worth reporting.</param>
/// <param name="diagnose">Takes what is wrong with a line.</param>
/// <param name="acknowledge">Takes what became of lines.</param>
public sealed class SetFeed(string table, LiveSets sets, string name, Action<string> report,
    Action<IReadOnlyList<Diagnostic>> diagnose, Action<FedLines> acknowledge)
{
    /// <summary>How many lines are applied together at most.</summary>
    public const int MostLines = 5_000_000;

    private const string Remedy = "a line is add ELEMENT [TIME], del ELEMENT, flush, begin or commit";

    private readonly Dictionary<LiveSet, FedElements> _fed = sets.All.ToDictionary(
        set => set, set => new FedElements(set.Form.Types.Count, set.Form.MayCount));

    private Dictionary<LiveSet, SetBatch> _batches = [];
    private uint _programId = ProgramOf(table);
    private long _line, _begin, _added, _deleted, _first;
    private bool _isFlushed, _isAbsent;
    private string? _fault;

    /// <summary>How many lines wait to be applied.</summary>
    public long Waiting => _added + _deleted + (_isFlushed ? 1 : 0);

    /// <summary>Whether lines stand behind a <c>begin</c> whose <c>commit</c> has not come.</summary>
    public bool IsOpen => _begin > 0;

    /// <summary>Whether a line had an error.</summary>
    public bool HadErrors { get; private set; }

    /// <summary>Whether lines could not be applied.</summary>
    public bool HadRefusals { get; private set; }

    /// <summary>Takes a line.</summary>
    public void Take(ReadOnlySpan<char> line)
    {
        _line++;
        if (_line == 1) line = line.TrimStart('\uFEFF');
        var text = line;
        if (text.IndexOfAny('#', ';') is >= 0 and var comment) text = text[..comment];
        text = text.Trim();
        if (text.IsEmpty) return;
        var column = line.IndexOf(text);
        var rest = text;
        var word = CounterText.NextWord(ref rest);
        if (Waiting == 0 && !IsOpen) _first = _line;
        switch (word)
        {
            case "add" or "del" when !rest.IsEmpty:
                TakeElement(rest, word is "add", line, column + text.Length - rest.Length);
                break;
            case "flush" when rest.IsEmpty:
                foreach (var set in sets.All) BatchOf(set).Flush();
                (_isFlushed, _added, _deleted) = (true, 0, 0);
                break;
            case "begin" when rest.IsEmpty && !IsOpen:
                Apply();
                _begin = _line;
                break;
            case "commit" when rest.IsEmpty && IsOpen:
                _begin = 0;
                Apply();
                break;
            case "begin" when rest.IsEmpty:
                Refuse(line, column, text.Length, $"begin within what begins in line {_begin}", "end that by commit first");
                break;
            case "commit" when rest.IsEmpty:
                Refuse(line, column, text.Length, "commit without a begin", "lines that need no begin are applied as they come");
                break;
            default:
                Refuse(line, column, text.Length, "not a line of a feed", Remedy);
                break;
        }
        if (Waiting <= MostLines) return;
        if (!IsOpen) Apply();
        else _fault ??= $"it has more than {MostLines} lines";
    }

    /// <summary>Applies the lines that came, unless they wait for a <c>commit</c>.</summary>
    public void Apply()
    {
        if (IsOpen || (Waiting == 0 && _fault is null)) return;
        var (batches, added, deleted, flushed) = (_batches, _added, _deleted, _isFlushed);
        var error = _fault;
        (_batches, _added, _deleted, _isFlushed, _fault) = ([], 0, 0, false, null);
        if (error is not null) report($"{name}: lines {_first} to {_line} are not applied: {error}");
        else error = Apply(batches);
        HadRefusals |= error is not null && !_isAbsent;
        acknowledge(new(_line, added, deleted, flushed, error, _isAbsent));
    }

    /// <summary>Puts the elements that came back into sets of rules that were applied meanwhile.</summary>
    public void Follow()
    {
        try
        {
            if (ProgramOf(table) is var id && (id == _programId || id == 0)) return;
            var now = LoadedFilter.Now;
            var fed = sets.All.Select(set => (Set: set, Edit: new FedAgain(_fed[set].Rows(now)))).Where(s => s.Edit.Count > 0).ToList();
            if (fed.Count > 0) new SetChange(table, report).Perform([.. fed.Select(s => (s.Set, (ISetEdit)s.Edit))]);
            (_programId, _isAbsent) = (id, false);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or KernelException)
        {
            HadRefusals = true;
            report($"{e.Message}; what was fed before is not in it");
            _programId = TryProgramOf();
        }
    }

    /// <summary>Takes the end of the feed.</summary>
    public void End()
    {
        if (IsOpen)
        {
            HadErrors = true;
            report($"{name}: it ends without the commit of line {_begin}, and what stands behind that is not applied");
            (_begin, _batches, _added, _deleted, _isFlushed, _fault) = (0, [], 0, 0, false, null);
        }
        Apply();
        HadRefusals |= _isAbsent;
    }

    private string? Apply(Dictionary<LiveSet, SetBatch> batches)
    {
        try
        {
            Follow();
            var now = LoadedFilter.Now;
            if (!IsAbsent()) new SetChange(table, report).Perform([.. batches.Select(b => (b.Key, (ISetEdit)b.Value))]);
            foreach (var (set, batch) in batches)
                _fed[set].Add(batch.Decide(set.Form.MayTimeOut, set.DefaultTimeout, now), now);
            return _isAbsent ? $"table {table} filters no device" : null;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or KernelException)
        {
            report($"{name}: lines {_first} to {_line} are not applied: {e.Message}");
            return e.Message;
        }
    }

    /// <summary>Whether the table filters nothing: what comes is kept until it does again.</summary>
    private bool IsAbsent()
    {
        if (ActingRules.Exist(table)) return _isAbsent = false;
        if (!_isAbsent) report($"table {table} filters no device: what {name} says is kept until it is applied again");
        _programId = 0;
        return _isAbsent = true;
    }

    private void TakeElement(ReadOnlySpan<char> text, bool isAdded, ReadOnlySpan<char> line, int column)
    {
        var set = sets.Find(text.ToString());
        var row = new Interval[set.Form.Types.Count];
        if (FeedParser.ReadElement(text, set.Name, set.Form, row, out var timeout, out var count, mayLackWord: isAdded) is { } fault)
        {
            Refuse(line, column, text.Length, fault.Message, fault.Remedy);
            return;
        }
        // What is not applied anyway takes no memory.
        if (_fault is not null) return;
        if (isAdded) BatchOf(set).Add(row, timeout, count ?? set.Form.Start);
        else BatchOf(set).Delete(row);
        if (isAdded) _added++;
        else _deleted++;
    }

    private SetBatch BatchOf(LiveSet set)
    {
        if (_batches.TryGetValue(set, out var batch)) return batch;
        return _batches[set] = new(set.Form);
    }

    /// <summary>A line that is none is left out; within a begin and a commit all of them are.</summary>
    private void Refuse(ReadOnlySpan<char> line, int column, int length, string message, string remedy)
    {
        HadErrors = true;
        var source = new SourceText(name, line.ToString())
        {
            MayBeQuoted = false, FirstLine = (int)Math.Min(_line, int.MaxValue),
        };
        diagnose([new(Severity.Error, source, new(column, length), message, remedy)]);
        if (IsOpen) _fault ??= $"line {_line} has an error";
        else acknowledge(new(_line, 0, 0, false, message));
    }

    private uint TryProgramOf()
    {
        try
        {
            return ProgramOf(table);
        }
        catch (InvalidDataException)
        {
            return 0;
        }
    }

    /// <summary>The program of a table; 0 when it filters nothing.</summary>
    private static uint ProgramOf(string table)
    {
        using var rules = ActingRules.Open(table);
        return rules?.ProgramId ?? 0;
    }
}
