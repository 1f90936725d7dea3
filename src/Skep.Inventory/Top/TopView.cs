namespace Skep.Inventory.Top;

/// <summary>What the screen shows.</summary>
internal enum TopPage
{
    Table,
    Detail,
    Help,
}

/// <summary>What the user looks at, changed by keys. Pure: no terminal.</summary>
public sealed class TopView
{
    private List<ProgramLoad> _rows = [];
    private LoadSample _sample = new(default, default, []);
    private uint _selected;
    private TopPage _before;

    internal TopPage Page { get; private set; }

    internal LoadHistory History { get; } = new();

    internal LoadSample Sample => _sample;

    internal IReadOnlyList<ProgramLoad> Rows => _rows;

    /// <summary>The row that the cursor is on.</summary>
    internal int Cursor { get; private set; }

    /// <summary>The first row that is shown.</summary>
    internal int First { get; private set; }

    internal int SortColumn { get; private set; } = TopColumn.IndexOf("CPU%");

    internal bool IsReversed { get; private set; }

    internal string Filter { get; private set; } = "";

    /// <summary>Whether keys are letters of the filter.</summary>
    internal bool IsTyping { get; private set; }

    internal bool IsPaused { get; private set; }

    /// <summary>Whether the user has asked to end.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The program that the cursor is on, or that the detail page shows; null for none.</summary>
    internal ProgramLoad? Selected => Page == TopPage.Detail ? _sample.Programs.FirstOrDefault(load => load.Id == _selected)
        : Cursor < _rows.Count ? _rows[Cursor] : null;

    /// <summary>A new sample.</summary>
    public void Take(LoadSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        History.Add(sample);
        if (IsPaused) return;
        _sample = sample;
        Arrange();
    }

    /// <summary>Bytes that the terminal sent.</summary>
    /// <param name="bytes">One key or more.</param>
    /// <param name="pageRows">Rows that a page of the table has.</param>
    public void Press(ReadOnlySpan<byte> bytes, int pageRows)
    {
        while (!bytes.IsEmpty) Press(TopKey.Next(ref bytes), pageRows);
    }

    /// <summary>Moves the first row so that the cursor is seen.</summary>
    internal void Scroll(int pageRows)
    {
        First = Math.Clamp(First, Math.Max(0, Cursor - pageRows + 1), Cursor);
        First = Math.Min(First, Math.Max(0, _rows.Count - pageRows));
    }

    private void Press(TopKey key, int pageRows)
    {
        if (key.Name is KeyName.Interrupt or KeyName.Quit) IsEnded = true;
        else if (IsTyping) Type(key);
        else if (key.Name == KeyName.Character) Command(key.Character);
        else if (Page != TopPage.Table) Leave(key);
        else Move(key, pageRows);
    }

    private void Type(TopKey key)
    {
        switch (key.Name)
        {
            case KeyName.Character:
                Filter += key.Character;
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
    }

    private void Command(char key)
    {
        switch (key)
        {
            case 'q' when Page == TopPage.Table:
                IsEnded = true;
                break;
            case 'q':
                Page = Page == TopPage.Help ? _before : TopPage.Table;
                break;
            case 'h' or '?':
                ShowHelp();
                break;
            case '/' or '\\' when Page == TopPage.Table:
                IsTyping = true;
                break;
            case 's' or '>' or '.':
                Sort((SortColumn + 1) % TopColumn.All.Count);
                break;
            case '<' or ',':
                Sort((SortColumn + TopColumn.All.Count - 1) % TopColumn.All.Count);
                break;
            case 'P':
                Sort(TopColumn.IndexOf("CPU%"));
                break;
            case 'M':
                Sort(TopColumn.IndexOf("MAPS"));
                break;
            case 'T':
                Sort(TopColumn.IndexOf("TIME MS"));
                break;
            case 'N':
                Sort(TopColumn.IndexOf("ID"));
                break;
            case 'E':
                Sort(TopColumn.IndexOf("EVENTS/S"));
                break;
            case 'r' or 'I':
                IsReversed = !IsReversed;
                Arrange();
                break;
            case 'j':
                Select(Cursor + 1);
                break;
            case 'k':
                Select(Cursor - 1);
                break;
            case 'g':
                Select(0);
                break;
            case 'G':
                Select(_rows.Count - 1);
                break;
            case ' ' or 'p':
                IsPaused = !IsPaused;
                break;
        }
    }

    private void Move(TopKey key, int pageRows)
    {
        switch (key.Name)
        {
            case KeyName.Up:
                Select(Cursor - 1);
                break;
            case KeyName.Down:
                Select(Cursor + 1);
                break;
            case KeyName.PageUp:
                Select(Cursor - pageRows);
                break;
            case KeyName.PageDown:
                Select(Cursor + pageRows);
                break;
            case KeyName.Home:
                Select(0);
                break;
            case KeyName.End:
                Select(_rows.Count - 1);
                break;
            case KeyName.Left:
                Command('<');
                break;
            case KeyName.Right or KeyName.Sort:
                Command('>');
                break;
            case KeyName.Filter:
                Command('/');
                break;
            case KeyName.Help:
                ShowHelp();
                break;
            case KeyName.Enter when Selected is { } load:
                _selected = load.Id;
                Page = TopPage.Detail;
                break;
            case KeyName.Escape when Filter.Length > 0:
                Filter = "";
                Arrange();
                break;
        }
    }

    private void Leave(TopKey key)
    {
        if (key.Name == KeyName.Help) ShowHelp();
        else if (key.Name is KeyName.Escape or KeyName.Enter or KeyName.Backspace or KeyName.Left)
            Page = Page == TopPage.Help ? _before : TopPage.Table;
    }

    private void ShowHelp()
    {
        if (Page == TopPage.Help) return;
        _before = Page;
        Page = TopPage.Help;
    }

    private void Sort(int column)
    {
        IsReversed = false;
        SortColumn = column;
        Arrange();
    }

    private void Select(int row)
    {
        Cursor = Math.Clamp(row, 0, Math.Max(0, _rows.Count - 1));
        _selected = Cursor < _rows.Count ? _rows[Cursor].Id : 0;
    }

    // Once it was moved, the cursor stays with its program.
    private void Arrange()
    {
        _rows = TopTable.Rows(_sample, Filter, SortColumn, IsReversed);
        int row = _selected == 0 ? -1 : _rows.FindIndex(load => load.Id == _selected);
        Cursor = row >= 0 ? row : Math.Clamp(Cursor, 0, Math.Max(0, _rows.Count - 1));
    }
}
