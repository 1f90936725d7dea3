using System.Diagnostics;
using System.Globalization;
using System.Text;
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
    // Beginning of the screen; behind the text, what an earlier and longer one left is cleared.
    private const string Home = "\e[H", ClearLine = "\e[K", ClearRest = "\e[J", ClearAll = "\e[2J";

    private readonly bool _hasScreen =
        form == OutputForm.Text && Terminal.IsOutput && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

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
        using var samples = new SampledSource(
            () => Begin(table),
            Show,
            shown => Message.Print(string.Create(CultureInfo.InvariantCulture, $"{shown} intervals shown")));
        return LiveView.Run(samples, limits, "statistics");
    }

    private bool Begin(AppliedTable table)
    {
        _before = Stopwatch.GetTimestamp();
        _rates.Begin(TimeSpan.Zero);
        foreach (StatsSection section in Sections(table))
            foreach (StatsRow row in section.Rows) _rates.Of(section.Mode, row);
        return !_hasScreen || StandardOutput.Write(static output => output.Write(Encoding.UTF8.GetBytes(ClearAll)));
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
        var text = new StringWriter { NewLine = _hasScreen ? ClearLine + "\n" : "\n" };
        string devices = string.Join(' ', table.Devices.Select(d => d.Device + (d.IsGone ? " (removed)" : d.NameNote)));
        (int columns, int rows) = _hasScreen ? Terminal.Size : default;
        var stats = new StatsText(text, columns, _hasScreen);
        string title = string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.Now:HH:mm:ss} {table.Name} {devices}");
        stats.WriteRates(title, Sections(table), _rates);
        if (!_hasScreen) return text.ToString() + "\n";

        // A line more than the screen has would scroll it.
        string[] lines = text.ToString().TrimEnd('\n').Split('\n');
        return Home + string.Join('\n', lines.Take(Math.Max(rows, 2) - 1)) + "\n" + ClearRest;
    }

    private IReadOnlyList<StatsSection> Sections(AppliedTable table) => StatsSection.Of(table, modes, top);

    private AppliedTable? Read() =>
        AppliedTable.Read(name, (modes & (StatsModes.Sources | StatsModes.Ports | StatsModes.Sizes | StatsModes.All)) != 0);

    private void WriteJson(Utf8JsonWriter json, AppliedTable table, RateHistory? rates, TimeSpan? since) =>
        FilterTableWriter.WriteStats(json, table, Sections(table), rates, since);
}
