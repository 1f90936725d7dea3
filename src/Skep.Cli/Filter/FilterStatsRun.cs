using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Filter.Runtime.Lost;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Tables;
using Skep.Linux.Errors;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary>Prints a table's statistics, once or until it is stopped.</summary>
/// <param name="name">The table.</param>
/// <param name="modes">What of them; none for the actions and protocols, and, live, for what was lost when something was.</param>
/// <param name="top">How many sources and ports.</param>
/// <param name="form">How they are printed.</param>
internal sealed class FilterStatsRun(string name, StatsModes modes, int top, OutputForm form)
{
    private const StatsModes Few = StatsModes.Actions | StatsModes.Protocols;

    private readonly RateHistory _rates = new();
    private long _before;
    private LostPackets? _lost;
    private string? _uncounted;

    public int Once()
    {
        if (Read() is not { } table) return FilterApplyCommand.NotApplied(name);
        StandardOutput.Write(
            form,
            json => WriteJson(json, table, null, null),
            text => new StatsText(text, 0, draws: false).WriteTotals(Sections(table)));
        return ExitCode.Done;
    }

    public int Live(LiveLimits limits)
    {
        if (Read() is not { } table) return FilterApplyCommand.NotApplied(name);
        using LostPackets? lost = _lost = TryCountLost();
        if (form == OutputForm.Text && Terminal.IsAvailable) return FillScreen(limits);
        using var samples = new SampledSource(
            () => Begin(table),
            Show,
            shown => Message.Print(string.Create(CultureInfo.InvariantCulture, $"{shown} intervals shown")));
        return LiveView.Run(samples, limits, "statistics");
    }

    /// <summary>The table and its devices, as a title.</summary>
    internal static string Head(AppliedTable table) =>
        $"{table.Name} {string.Join(' ', table.Devices.Select(d => d.Device + (d.IsGone ? " (removed)" : d.NameNote)))}";

    private int FillScreen(LiveLimits limits)
    {
        var screen = new FilterStatsScreen(Read, Sections);
        int code;
        using (Terminal terminal = Terminal.Open()) code = LiveView.Run(new ScreenSource(screen, terminal), limits, "the screen");
        if (screen.IsRemoved) Message.Print($"table {name} was removed");
        Message.Print(string.Create(CultureInfo.InvariantCulture, $"{screen.Shown} intervals shown"));
        return code;
    }

    private bool Begin(AppliedTable table)
    {
        _before = Stopwatch.GetTimestamp();
        _rates.Begin(TimeSpan.Zero);
        foreach (StatsSection section in Sections(table))
            foreach (StatsRow row in section.Rows) _rates.Of(section.Mode, row);
        return true;
    }

    private bool Show()
    {
        if (Read() is not { } table)
        {
            Message.Print($"table {name} was removed");
            return false;
        }

        long now = Stopwatch.GetTimestamp();
        TimeSpan since = Stopwatch.GetElapsedTime(_before, now);
        _before = now;
        _rates.Begin(since);
        return StandardOutput.Write(form, json => WriteJson(json, table, _rates, since), text => text.Write(Text(table)));
    }

    private string Text(AppliedTable table)
    {
        var text = new StringWriter { NewLine = "\n" };
        string title = string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.Now:HH:mm:ss} {Head(table)}");
        new StatsText(text, 0, draws: false).WriteRates(title, Sections(table), _rates);
        return text + "\n";
    }

    private IReadOnlyList<StatsSection> Sections(AppliedTable table)
    {
        StatsSection? lost = _lost is { } counter ? StatsSection.OfLost(counter.Read(table), counter.Unplaced)
            : _uncounted is { } why ? StatsSection.OfLost([], 0) with { Note = $"cannot be counted: {why}" } : null;
        StatsModes shown = modes != StatsModes.None ? modes : lost is { Rows.Count: > 0 } ? Few | StatsModes.Lost : Few;
        return StatsSection.Of(table, shown, top, lost);
    }

    private LostPackets? TryCountLost()
    {
        if (modes != StatsModes.None && (modes & (StatsModes.Lost | StatsModes.All)) == 0) return null;
        try
        {
            return LostPackets.Open();
        }
        catch (Exception e) when (e is KernelException or NotSupportedException)
        {
            _uncounted = e.Message;
            return null;
        }
    }

    private AppliedTable? Read() =>
        AppliedTable.Read(name, (modes & (StatsModes.Sources | StatsModes.Ports | StatsModes.Sizes | StatsModes.All)) != 0);

    private void WriteJson(Utf8JsonWriter json, AppliedTable table, RateHistory? rates, TimeSpan? since) =>
        FilterTableWriter.WriteStats(json, table, Sections(table), rates, since);
}
