using System.Diagnostics;
using System.Globalization;
using System.Text;
using Skep.Cli.Live;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Tables;
using Skep.Output.Screen;

namespace Skep.Cli.Filter;

/// <summary>The statistics of a table on a full screen, which keys move in. Rows that never counted are left out at first.</summary>
/// <param name="read">Reads the table; null when it was removed.</param>
/// <param name="sections">Its statistics.</param>
internal sealed class FilterStatsScreen(Func<AppliedTable?> read, Func<AppliedTable, IReadOnlyList<StatsSection>> sections) : IScreen
{
    private readonly RateHistory _rates = new();
    private AppliedTable? _table;
    private IReadOnlyList<StatsSection> _sections = [];
    private string _time = "";
    private long _before;
    private readonly LineScroll _scroll = new();
    private int _count;
    private bool _isHeld, _showsAll;

    /// <inheritdoc/>
    public bool IsEnded { get; private set; }

    /// <summary>Whether the table was removed meanwhile.</summary>
    public bool IsRemoved { get; private set; }

    /// <summary>How many intervals were shown.</summary>
    public int Shown { get; private set; }

    /// <inheritdoc/>
    public void Sample()
    {
        if (read() is not { } table)
        {
            IsEnded = IsRemoved = true;
            return;
        }

        long now = Stopwatch.GetTimestamp();
        _rates.Begin(_table is null ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_before, now));
        _before = now;
        IReadOnlyList<StatsSection> found = sections(table);
        foreach (StatsSection section in found)
            foreach (StatsRow row in section.Rows) _rates.Of(section.Mode, row);
        if (_table is not null) Shown++;
        if (_isHeld) return;
        (_table, _sections) = (table, found);
        _time = DateTimeOffset.Now.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public byte[] Draw(int columns, int rows)
    {
        string[] lines = _table is null ? [] : Lines(_table, columns);
        int page = Math.Max(1, rows - 2);
        _count = lines.Length - 1;
        _scroll.Clamp(_count, page);
        int top = _scroll.Top;
        var frame = new StringBuilder("\e[H");
        void Line(string text) => frame.Append(text).Append("\e[0m\e[K\r\n");
        if (rows > 1) Line(lines.Length > 0 ? $"\e[7m{ListTable.Fit(lines[0], columns)}" : "");
        for (int i = 0; i < rows - 2; i++) Line(1 + top + i < lines.Length ? lines[1 + top + i] : "");
        string held = _isHeld ? "HELD  " : "";
        string keys = $"{held}Up Down PgUp PgDn Move  z {(_showsAll ? "Only rows that counted" : "All rows")}  Space Hold  q Quit";
        return Encoding.UTF8.GetBytes(frame.Append("\e[7m").Append(ListTable.Fit(keys, columns)).Append("\e[0m\e[K\e[J").ToString());
    }

    /// <inheritdoc/>
    public void Press(ReadOnlySpan<byte> keys, int rows)
    {
        while (!keys.IsEmpty) Press(TerminalKey.Next(ref keys), Math.Max(1, rows - 2));
    }

    private void Press(TerminalKey key, int page)
    {
        switch (key)
        {
            case { Name: KeyName.Interrupt or KeyName.Quit or KeyName.Escape } or { Character: 'q' }:
                IsEnded = true;
                break;
            case { Character: ' ' or 'p' }:
                _isHeld = !_isHeld;
                break;
            case { Character: 'z' }:
                _showsAll = !_showsAll;
                break;
            default:
                _scroll.Press(key, page, _count);
                break;
        }
    }

    private string[] Lines(AppliedTable table, int columns)
    {
        var text = new StringWriter { NewLine = "\n" };
        IReadOnlyList<StatsSection> shown = _showsAll ? _sections
            : [.. _sections.Select(section => section with { Rows = [.. section.Rows.Where(row => row.Count.Packets > 0)] })];
        new StatsText(text, columns, draws: true).WriteRates($"{_time} {FilterStatsRun.Head(table)}", shown, _rates);
        return text.ToString().TrimEnd('\n').Split('\n');
    }
}
