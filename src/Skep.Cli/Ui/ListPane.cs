using Skep.Bpf;
using Skep.Inventory.Top;
using Skep.Linux.Errors;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Cli.Ui;

/// <summary>A pane with rows of one type. They are read beside the screen: keys do not wait for them.</summary>
/// <param name="title">What they are.</param>
/// <param name="list">The rows.</param>
internal abstract class ListPane<T>(string title, RowList<T> list) : IPane
    where T : class
{
    private Task<IReadOnlyList<T>>? _reading;
    private string? _error;
    private bool _hasRead;

    /// <inheritdoc/>
    public string Title => title;

    /// <inheritdoc/>
    public string Summary => _error is { } error ? $"{title} are not known: {SafeText.Escape(error)}" : _hasRead ? Summarize() : "reading";

    /// <inheritdoc/>
    public string FilterLine => list.FilterLine;

    /// <inheritdoc/>
    public bool IsTyping => list.IsTyping;

    /// <inheritdoc/>
    public bool IsPaused => list.IsPaused;

    /// <inheritdoc/>
    public IReadOnlyList<PaneView> Views => list.Selected is { } selected ? ViewsOf(selected) : [];

    /// <summary>The rows.</summary>
    protected RowList<T> List => list;

    /// <inheritdoc/>
    public void BeginRead(Action done)
    {
        if (_reading is not null) return;
        _reading = Task.Run(Read);
        _reading.ContinueWith(_ => done(), TaskScheduler.Default);
    }

    /// <inheritdoc/>
    public void TakeRead()
    {
        if (_reading is not { IsCompleted: true } read) return;
        _reading = null;
        _error = null;
        try
        {
            IReadOnlyList<T> rows = read.GetAwaiter().GetResult();
            _hasRead = true;
            list.Take(rows);
        }
        catch (Exception e) when (e is KernelException or NotSupportedByKernelException or IOException or InvalidDataException
            or NotSupportedException or UnauthorizedAccessException)
        {
            _error = e.Message;
        }
    }

    /// <inheritdoc/>
    public virtual bool Press(TerminalKey key, int pageRows) => list.Press(key, pageRows);

    /// <inheritdoc/>
    public IEnumerable<string> Draw(int columns, int pageRows, bool isUnicode)
    {
        list.Scroll(pageRows);
        T[] shown = [.. list.Rows.Skip(list.First).Take(pageRows)];
        int[] widths = ListTable.Fitted(list.Columns, shown, columns);
        string mark = TopScreen.SortMark(list.IsReversed, isUnicode);
        yield return Ansi.Reverse(ListTable.Fit(ListTable.Head(list.Columns, widths, columns, list.SortColumn, mark), columns));
        for (int i = 0; i < shown.Length; i++)
        {
            string line = ListTable.Row(list.Columns, widths, columns, shown[i]);
            yield return list.First + i == list.Cursor ? Ansi.Reverse(ListTable.Fit(line, columns))
                : LookOf(shown[i]) is { } look ? $"\e[{look}m{line}" : line;
        }
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Reads the rows. On a thread beside the screen's.</summary>
    protected abstract IReadOnlyList<T> Read();

    /// <summary>What the rows that were read are, in a line.</summary>
    protected abstract string Summarize();

    /// <summary>What can be shown of a row.</summary>
    protected abstract IReadOnlyList<PaneView> ViewsOf(T row);

    /// <summary>How the terminal shows a row: a number of SGR (ECMA-48); null for plain.</summary>
    protected virtual string? LookOf(T row) => null;
}
