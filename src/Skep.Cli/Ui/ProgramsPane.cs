using System.Globalization;
using Skep.Cli.Live;
using Skep.Inventory.Machine;
using Skep.Inventory.Top;
using Skep.Output;
using Skep.Output.Screen;

namespace Skep.Cli.Ui;

/// <summary>Programs with what they run, as in <c>skep top</c>.</summary>
/// <param name="machine">Names what is found.</param>
internal sealed class ProgramsPane(MachineSnapshot machine) : ListPane<ProgramLoad>("programs", TopTable.Create())
{
    private readonly LoadMeter _meter = new(machine);
    private readonly LoadHistory _history = new();
    private readonly Lock _lock = new();
    private LoadSample _sample = new(default, default, []);

    /// <inheritdoc/>
    public override bool Press(TerminalKey key, int pageRows)
    {
        if (IsTyping || key.Name != KeyName.Character || TopColumn.OfKey(key.Character) is not { } column)
            return base.Press(key, pageRows);
        List.Sort(column);
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (_lock) _meter.Dispose();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<ProgramLoad> Read()
    {
        lock (_lock)
        {
            LoadSample sample = _meter.Take();
            lock (_history) _history.Add(sample);
            return (_sample = sample).Programs;
        }
    }

    /// <inheritdoc/>
    protected override string Summarize() => TopWriter.Summary(_sample);

    /// <inheritdoc/>
    protected override string? LookOf(ProgramLoad row) => row.PeriodRuns == 0 ? Ansi.Dim : null;

    /// <inheritdoc/>
    protected override IReadOnlyList<PaneView> ViewsOf(ProgramLoad row)
    {
        string id = row.Id.ToString(CultureInfo.InvariantCulture);
        return
        [
            new PaneView.OfLines(
                'u', "usage", $"program {id} {SafeText.Escape(row.Name)}", (columns, rows) => Usage(row.Id, columns, rows)),
            new PaneView.OfCommand('e', "explain", "prog", "explain", "id", id),
            new PaneView.OfCommand('d', "decompile", "prog", "decompile", "id", id),
            new PaneView.OfCommand('x', "xlated", "prog", "dump", "xlated", "id", id),
            new PaneView.OfCommand('J', "jited", "prog", "dump", "jited", "id", id),
            new PaneView.OfCommand('c', "cfg", "prog", "cfg", "id", id),
            new PaneView.OfCommand('i', "show", "prog", "show", "id", id),
        ];
    }

    private IReadOnlyList<string> Usage(uint id, int columns, int rows)
    {
        LoadSample sample = _sample;
        if (sample.Programs.FirstOrDefault(load => load.Id == id) is not { } now) return ["this program was removed"];
        lock (_history) return [.. TopDetail.Lines(now, _history.Of(id), columns, rows, ScreenSource.IsUnicode).Skip(1)];
    }
}
