using Skep.Output.Screen;

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
    private uint _opened;
    private TopPage _before;

    internal TopPage Page { get; private set; }

    internal LoadHistory History { get; } = new();

    internal LoadSample Sample { get; private set; } = new(default, default, []);

    internal RowList<ProgramLoad> List { get; } = TopTable.Create();

    /// <summary>Whether the user has asked to end.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The program that the cursor is on, or that the detail page shows; null for none.</summary>
    internal ProgramLoad? Selected => Page == TopPage.Detail
        ? Sample.Programs.FirstOrDefault(load => load.Id == _opened) : List.Selected;

    /// <summary>A new sample.</summary>
    public void Take(LoadSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        History.Add(sample);
        if (List.IsPaused) return;
        Sample = sample;
        List.Take(sample.Programs);
    }

    /// <summary>Bytes that the terminal sent.</summary>
    /// <param name="bytes">One key or more.</param>
    /// <param name="pageRows">Rows that a page of the table has.</param>
    public void Press(ReadOnlySpan<byte> bytes, int pageRows)
    {
        while (!bytes.IsEmpty) Press(TerminalKey.Next(ref bytes), pageRows);
    }

    private void Press(TerminalKey key, int pageRows)
    {
        if (key.Name is KeyName.Interrupt or KeyName.Quit) IsEnded = true;
        else if (List.IsTyping) List.Press(key, pageRows);
        else if (key.Name == KeyName.Help || key is { Name: KeyName.Character, Character: 'h' or '?' }) ShowHelp();
        else if (Page == TopPage.Table) PressTable(key, pageRows);
        else if (key.Name is KeyName.Escape or KeyName.Enter or KeyName.Backspace or KeyName.Left || key.Character == 'q')
            Page = Page == TopPage.Help ? _before : TopPage.Table;
        else if (key.Name == KeyName.Character && key.Character is not ('/' or '\\')) PressTable(key, pageRows);
    }

    private void PressTable(TerminalKey key, int pageRows)
    {
        if (key.Name == KeyName.Enter && List.Selected is { } load)
        {
            _opened = load.Id;
            Page = TopPage.Detail;
        }
        else if (key.Name == KeyName.Character && TopColumn.OfKey(key.Character) is { } column)
        {
            List.Sort(column);
        }
        else if (key is { Name: KeyName.Character, Character: 'q' })
        {
            IsEnded = true;
        }
        else
        {
            List.Press(key, pageRows);
        }
    }

    private void ShowHelp()
    {
        if (Page == TopPage.Help) return;
        _before = Page;
        Page = TopPage.Help;
    }
}
