using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Live;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Tables;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Filter;

/// <summary>Prints a table's statistics, once or until it is stopped.</summary>
internal sealed class FilterStatsRun(string name, StatsModes modes, int top, OutputForm form)
{
    private readonly RateHistory _rates = new();
    private long _before;

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

    private IReadOnlyList<StatsSection> Sections(AppliedTable table) => StatsSection.Of(table, modes, top);

    private AppliedTable? Read() =>
        AppliedTable.Read(name, (modes & (StatsModes.Sources | StatsModes.Ports | StatsModes.Sizes | StatsModes.All)) != 0);

    private void WriteJson(Utf8JsonWriter json, AppliedTable table, RateHistory? rates, TimeSpan? since) =>
        FilterTableWriter.WriteStats(json, table, Sections(table), rates, since);
}
