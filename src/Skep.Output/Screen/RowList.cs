namespace Skep.Output.Screen;

/// <summary>Rows that a user moves in, filters and orders by keys. Pure: no terminal.</summary>
/// <typeparam name="T">A row.</typeparam>
/// <param name="columns">The columns.</param>
/// <param name="sortColumn">The column that orders at first.</param>
/// <param name="key">What a row is known by from one sample to the next.</param>
/// <param name="matches">Whether a filter lets a row through.</param>
public sealed class RowList<T>(
    IReadOnlyList<ListColumn<T>> columns, int sortColumn, Func<T, string> key, Func<T, string, bool> matches) where T : class
{
    private List<T> _rows = [];
    private string? _selected;

    /// <summary>All rows, as they were taken last.</summary>
    public IReadOnlyList<T> All { get; private set; } = [];

    /// <summary>The rows that the filter lets through, in order.</summary>
    public IReadOnlyList<T> Rows => _rows;

    /// <summary>The columns.</summary>
    public IReadOnlyList<ListColumn<T>> Columns => columns;

    /// <summary>The row that the cursor is on.</summary>
    public int Cursor { get; private set; }

    /// <summary>The first row that is shown.</summary>
    public int First { get; private set; }

    /// <summary>The column that orders.</summary>
    public int SortColumn { get; private set; } = sortColumn;

    /// <summary>Whether against that column's own order.</summary>
    public bool IsReversed { get; private set; }

    /// <summary>What rows must match; empty for all.</summary>
    public string Filter { get; private set; } = "";

    /// <summary>Whether keys are letters of the filter.</summary>
    public bool IsTyping { get; private set; }

    /// <summary>Whether no more rows are taken for now.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The line that says what rows are filtered by; empty for none.</summary>
    public string FilterLine => IsTyping ? $"filter: {Filter}_"
        : Filter.Length > 0 ? $"filter: {Filter}  ({Rows.Count} of {All.Count})" : "";

    /// <summary>The row that the cursor is on; null for none.</summary>
    public T? Selected => Cursor < _rows.Count ? _rows[Cursor] : null;

    /// <summary>Takes new rows, unless it is paused.</summary>
    public void Take(IReadOnlyList<T> all)
    {
        if (IsPaused) return;
        All = all;
        Arrange();
    }

    /// <summary>Does what a key asks for.</summary>
    /// <param name="pressed">The key.</param>
    /// <param name="pageRows">Rows that a page has.</param>
    /// <returns>Whether it is a key of lists.</returns>
    public bool Press(TerminalKey pressed, int pageRows)
    {
        if (IsTyping) return Type(pressed);
        return pressed.Name == KeyName.Character ? Press(pressed.Character) : Move(pressed, pageRows);
    }

    /// <summary>Orders by a column.</summary>
    public void Sort(int column)
    {
        IsReversed = false;
        SortColumn = column;
        Arrange();
    }

    /// <summary>Moves the first row so that the cursor is seen.</summary>
    public void Scroll(int pageRows)
    {
        First = Math.Clamp(First, Math.Max(0, Cursor - pageRows + 1), Cursor);
        First = Math.Min(First, Math.Max(0, _rows.Count - pageRows));
    }

    private bool Type(TerminalKey pressed)
    {
        switch (pressed.Name)
        {
            case KeyName.Character:
                Filter += pressed.Character;
                break;
            case KeyName.Backspace when Filter.Length > 0:
                Filter = Filter[..^1];
                break;
            case KeyName.Enter:
                IsTyping = false;
                break;
            case KeyName.Escape:
                IsTyping = false;
                Filter = "";
                break;
        }

        Arrange();
        return true;
    }

    private bool Press(char pressed)
    {
        switch (pressed)
        {
            case '/' or '\\':
                IsTyping = true;
                return true;
            case 's' or '>' or '.':
                Sort((SortColumn + 1) % columns.Count);
                return true;
            case '<' or ',':
                Sort((SortColumn + columns.Count - 1) % columns.Count);
                return true;
            case 'r' or 'I':
                IsReversed = !IsReversed;
                Arrange();
                return true;
            case 'j':
                return Select(Cursor + 1);
            case 'k':
                return Select(Cursor - 1);
            case 'g':
                return Select(0);
            case 'G':
                return Select(_rows.Count - 1);
            case ' ' or 'p':
                IsPaused = !IsPaused;
                return true;
            default:
                return false;
        }
    }

    private bool Move(TerminalKey pressed, int pageRows)
    {
        switch (pressed.Name)
        {
            case KeyName.Up:
                return Select(Cursor - 1);
            case KeyName.Down:
                return Select(Cursor + 1);
            case KeyName.PageUp:
                return Select(Cursor - pageRows);
            case KeyName.PageDown:
                return Select(Cursor + pageRows);
            case KeyName.Home:
                return Select(0);
            case KeyName.End:
                return Select(_rows.Count - 1);
            case KeyName.Left:
                return Press('<');
            case KeyName.Right or KeyName.Sort:
                return Press('>');
            case KeyName.Filter:
                return Press('/');
            case KeyName.Escape when Filter.Length > 0:
                Filter = "";
                Arrange();
                return true;
            default:
                return false;
        }
    }

    private bool Select(int row)
    {
        Cursor = Math.Clamp(row, 0, Math.Max(0, _rows.Count - 1));
        _selected = Selected is { } selected ? key(selected) : null;
        return true;
    }

    // Once it was moved, the cursor stays with its row. Rows that the column does not tell apart stay in their order.
    private void Arrange()
    {
        IEnumerable<T> found = Filter.Length == 0 ? All : All.Where(row => matches(row, Filter));
        Comparison<T> compare = columns[SortColumn].Compare;
        int sign = IsReversed ? -1 : 1;
        _rows = [.. found.Order(Comparer<T>.Create((a, b) => sign * compare(a, b)))];
        int at = _selected is null ? -1 : _rows.FindIndex(row => key(row) == _selected);
        Cursor = at >= 0 ? at : Math.Clamp(Cursor, 0, Math.Max(0, _rows.Count - 1));
    }
}
