using System.Globalization;
using Skep.Cli.Watch;
using Skep.Inventory.Machine;
using Skep.Linux.Errors;
using Skep.Output;
using Skep.Output.Screen;
using Skep.Watch.Capture;
using Skep.Watch.Events;
using Skep.Watch.Session;

namespace Skep.Cli.Ui;

/// <summary>What BPF does, as in <c>skep watch</c>, from the first look at the pane on.</summary>
/// <param name="machine">Names what is found.</param>
internal sealed class EventsPane(MachineSnapshot machine) : ListPane<BpfEvent>(
    "events", new(Columns, 0, e => e.Sequence.ToString(CultureInfo.InvariantCulture), Matches)), IEventSink
{
    private const int MostEvents = 2000;

    private static readonly ListColumn<BpfEvent>[] Columns =
    [
        new("TIME", -15, Time, (a, b) => b.Sequence.CompareTo(a.Sequence)),
        new("CMD", -18, e => e.Command, (a, b) => string.CompareOrdinal(a.Command, b.Command)),
        new("COMM", -16, e => SafeText.Escape(e.Process.Comm), (a, b) => string.CompareOrdinal(a.Process.Comm, b.Process.Comm)),
        new("PID", 7, e => e.Process.Pid.ToString(CultureInfo.InvariantCulture), (a, b) => a.Process.Pid.CompareTo(b.Process.Pid)),
        new("RESULT", -8, Result, (a, b) => string.CompareOrdinal(Result(b), Result(a))),
        new("WHAT", -40, What, (a, b) => string.CompareOrdinal(What(a), What(b))),
    ];

    private readonly Lock _lock = new();
    private readonly Queue<BpfEvent> _events = new();
    private WatchSession? _session;
    private Thread? _watching;
    private Exception? _fault;
    private string _said = "";
    private bool _isEnded;

    /// <inheritdoc/>
    public void Write(BpfEvent e)
    {
        lock (_lock)
        {
            _events.Enqueue(e);
            if (_events.Count > MostEvents) _events.Dequeue();
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // The screen takes them at its own pace.
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (_lock)
        {
            _isEnded = true;
            _session?.Stop();
        }

        _watching?.Join();
        _session?.Dispose();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<BpfEvent> Read()
    {
        Begin();
        lock (_lock) return _fault is { } fault ? throw fault : [.. _events];
    }

    /// <inheritdoc/>
    protected override string Summarize()
    {
        string lost = _session is { Lost: > 0 and var count } ? string.Create(CultureInfo.InvariantCulture, $", {count} lost") : "";
        string said = _said.Length > 0 ? $"; {_said}" : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"watching (backend {_session?.Backend}), the last {List.All.Count} events{lost}{said}");
    }

    /// <inheritdoc/>
    protected override string? LookOf(BpfEvent row) => row.Failed ? Ansi.Bad : null;

    /// <inheritdoc/>
    protected override IReadOnlyList<PaneView> ViewsOf(BpfEvent row)
    {
        string id = (row.Program?.Id ?? row.Link?.ProgramId ?? row.Attach?.ProgramId)?.ToString(CultureInfo.InvariantCulture) ?? "";
        return
        [
            new PaneView.OfLines('v', "event", $"{row.Command} at {Time(row)}", (_, _) => Block(row)),
            .. id.Length == 0 ? [] : (ReadOnlySpan<PaneView>)[new PaneView.OfCommand('e', "explain", "prog", "explain", "id", id)],
        ];
    }

    // Beside the screen: attaching takes a moment.
    private void Begin()
    {
        lock (_lock)
        {
            if (_session is not null || _isEnded || _fault is not null) return;
            try
            {
                _session = WatchSession.Open(
                    new WatchOptions(), machine, this, said => _said = SafeText.Escape(said), new HeapBudget().Keep);
            }
            catch (Exception e) when (e is KernelException or NotSupportedException)
            {
                // It would be refused again.
                _fault = e;
                return;
            }

            _watching = new Thread(Watch) { IsBackground = true, Name = "watch" };
            _watching.Start();
        }
    }

    private void Watch()
    {
        try
        {
            _session!.Run();
        }
        catch (Exception e) when (e is KernelException or IOException)
        {
            lock (_lock) _fault = e;
        }
    }

    private static IReadOnlyList<string> Block(BpfEvent e)
    {
        var text = new StringWriter { NewLine = "\n" };
        new TextEventWriter(text, TextDetail.Block, withInsns: true, colour: false).Write(e);
        return text.ToString().TrimEnd('\n').Split('\n');
    }

    private static string Time(BpfEvent e) =>
        DateTime.UnixEpoch.AddTicks(e.TimeNs / 100).ToLocalTime().ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    private static string Result(BpfEvent e) => e.Error ?? (e.Failed ? "errors" : "ok");

    private static string What(BpfEvent e) => EventWords.Describe(e) + (e.Note is { } note ? $" ({note})" : "");

    private static bool Matches(BpfEvent e, string filter) =>
        Columns.Any(column => column.Cell(e).Contains(filter, StringComparison.OrdinalIgnoreCase));
}
