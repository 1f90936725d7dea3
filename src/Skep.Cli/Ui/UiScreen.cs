using System.Globalization;
using System.Text;
using Skep.Cli.Live;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Cli.Ui;

/// <summary>Panes of objects, and what is opened of one.</summary>
/// <param name="panes">The panes.</param>
/// <param name="isUnicode">Whether the terminal shows more than ASCII.</param>
/// <param name="wake">Has a frame drawn; from any thread.</param>
internal sealed class UiScreen(IReadOnlyList<IPane> panes, bool isUnicode, Action wake) : IScreen, IDisposable
{
    // Above the rows: panes, summary, filter, titles; below them: keys.
    private const int OtherLines = 5;

    private static readonly string[] Help =
    [
        "Tab 1 2 3 4 5 6                  the next pane, a pane",
        "Up Down j k PgUp PgDn Home End   move",
        "Enter                            open; then the keys of the last line show other views",
        "Left Right                       of what is opened: to the side; of a list: order by another column",
        "/ F4 \\                           filter; Esc ends it",
        "s F6 > <                         order by the next, by the former column",
        "P M T N E                        programs by CPU, map memory, time, id, events",
        "r I                              turn the order around",
        "Space p                          hold the picture",
        "q Esc                            back; q F10 Ctrl-C on a list: end",
        "",
        "The kernel counts what programs run as long as this runs. Events are watched from the first look at them on.",
    ];

    private int _pane;
    private OpenedView? _opened;
    private bool _isHelp;

    /// <inheritdoc/>
    public bool IsEnded { get; private set; }

    private IPane Pane => panes[_pane];

    /// <summary>Shows a pane.</summary>
    /// <param name="index">Its number, from 0.</param>
    public void Show(int index)
    {
        _pane = index;
        Pane.BeginRead(wake);
    }

    /// <inheritdoc/>
    public void Sample() => Pane.BeginRead(wake);

    /// <inheritdoc/>
    public byte[] Draw(int columns, int rows)
    {
        Pane.TakeRead();
        List<string> lines = _isHelp
            ? [Ansi.Reverse(ListTable.Fit("skep ui: keys", columns)), .. Help.Select(line => Ansi.Cut(line, columns))]
            : _opened is { } opened ? [.. opened.Draw(columns, rows - 1)] : List(columns, rows);
        if (lines.Count > rows - 1) lines.RemoveRange(rows - 1, lines.Count - rows + 1);
        while (lines.Count < rows - 1) lines.Add("");
        lines.Add(Ansi.Reverse(ListTable.Fit(KeyLine(), columns)));
        var frame = new StringBuilder("\e[H");
        for (int i = 0; i < lines.Count; i++) frame.Append(i == 0 ? "" : "\r\n").Append(lines[i]).Append("\e[0m\e[K");
        return Encoding.UTF8.GetBytes(frame.Append("\e[J").ToString());
    }

    /// <inheritdoc/>
    public void Press(ReadOnlySpan<byte> keys, int rows)
    {
        while (!keys.IsEmpty) Press(TerminalKey.Next(ref keys), rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _opened?.Dispose();
        foreach (IPane one in panes) one.Dispose();
    }

    private void Press(TerminalKey key, int rows)
    {
        if (key.Name is KeyName.Interrupt or KeyName.Quit) IsEnded = true;
        else if (_opened is null && !_isHelp && Pane.IsTyping) Pane.Press(key, PageRows(rows));
        else if (key.Name == KeyName.Help || key.Character is 'h' or '?') _isHelp = !_isHelp;
        else if (_isHelp) _isHelp = !IsBack(key);
        else if (_opened is { } opened) PressOpened(opened, key, rows);
        else PressList(key, rows);
    }

    private void PressList(TerminalKey key, int rows)
    {
        if (key.Name == KeyName.Tab) Show((_pane + 1) % panes.Count);
        else if (key.Character is >= '1' and <= '9' && key.Character - '1' < panes.Count) Show(key.Character - '1');
        else if (key.Character == 'q') IsEnded = true;
        else if (key.Name == KeyName.Enter && Pane.Views is { Count: > 0 } views) _opened = new OpenedView(views, wake);
        else Pane.Press(key, PageRows(rows));
    }

    private void PressOpened(OpenedView opened, TerminalKey key, int rows)
    {
        if (opened.Press(key, rows - 2) || !IsBack(key)) return;
        opened.Dispose();
        _opened = null;
    }

    private static bool IsBack(TerminalKey key) => key.Name is KeyName.Escape or KeyName.Enter or KeyName.Backspace || key.Character == 'q';

    private static int PageRows(int rows) => Math.Max(1, rows - OtherLines);

    private List<string> List(int columns, int rows)
    {
        string time = DateTime.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        var tabs = new StringBuilder();
        int width = 0;
        for (int i = 0; i < panes.Count; i++)
        {
            string name = Ansi.Cut($" {i + 1} {panes[i].Title} ", columns - width);
            width += name.Length;
            tabs.Append(i == _pane ? $"\e[7m{name}\e[0m" : name);
        }

        string held = Pane.IsPaused ? "  HELD" : "";
        return
        [
            tabs.Append(Ansi.Cut($"  {time}{held}", columns - width)).ToString(), Ansi.Cut(Pane.Summary, columns),
            Ansi.Cut(Pane.FilterLine, columns), .. Pane.Draw(columns, PageRows(rows), isUnicode),
        ];
    }

    private string KeyLine() => _isHelp ? "Esc Back  F10 Quit"
        : _opened is { } opened ? opened.KeyLine
        : Pane.IsTyping ? "type a filter: Enter keeps it, Esc ends it"
        : "F1 Help  Tab Pane  Enter Open  / Filter  F6 Sort  r Reverse  Space Hold  q Quit";
}
