using Skep.Output.Screen;

namespace Skep.Cli.Ui;

/// <summary>A row that was opened: one of its views, which is moved in.</summary>
internal sealed class OpenedView : IDisposable
{
    private const int Sideways = 8;

    private readonly IReadOnlyList<PaneView> _views;
    private readonly Action _wake;
    private PaneView _view;
    private CommandOutput? _output;
    private readonly LineScroll _scroll = new();
    private int _left, _count;

    /// <param name="views">What can be shown; the first is shown.</param>
    /// <param name="wake">Has a frame drawn.</param>
    public OpenedView(IReadOnlyList<PaneView> views, Action wake)
    {
        (_views, _wake, _view) = (views, wake, views[0]);
        Open(views[0]);
    }

    /// <summary>The keys that show other views.</summary>
    public string KeyLine => string.Join("  ", _views.Select(one => $"{one.Key} {one.Label}")) + "  Esc Back  F10 Quit";

    /// <summary>Draws it.</summary>
    public IEnumerable<string> Draw(int columns, int rows)
    {
        IReadOnlyList<string> lines = _output?.Lines ?? ((PaneView.OfLines)_view).Lines(columns, rows - 1);
        _count = lines.Count;
        _scroll.Clamp(_count, rows - 1);
        int top = _scroll.Top;
        string place = _count > rows - 1 ? $"  lines {top + 1} to {Math.Min(_count, top + rows - 1)} of {_count}" : "";
        yield return Ansi.Reverse(ListTable.Fit(_view.Title + place, columns));
        foreach (string line in lines.Skip(top).Take(Math.Max(0, rows - 1)))
            yield return Ansi.Cut(line.Length > _left ? line[_left..] : "", columns);
    }

    /// <summary>Does what a key asks for.</summary>
    /// <returns>Whether it is a key of it.</returns>
    public bool Press(TerminalKey key, int pageRows)
    {
        if (key.Name == KeyName.Character && _views.FirstOrDefault(one => one.Key == key.Character) is { } view)
        {
            Open(view);
            return true;
        }

        switch (key)
        {
            case { Character: ' ' }:
                return _scroll.Press(new TerminalKey(KeyName.PageDown), pageRows, _count);
            case { Name: KeyName.Right }:
                _left += Sideways;
                return true;
            case { Name: KeyName.Left }:
                _left = Math.Max(0, _left - Sideways);
                return true;
            default:
                return _scroll.Press(key, pageRows, _count);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _output?.Dispose();

    private void Open(PaneView view)
    {
        _output?.Dispose();
        _view = view;
        _output = view is PaneView.OfCommand command ? new CommandOutput(command.Words, _wake) : null;
        _scroll.Reset();
        _left = 0;
    }
}
