using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Tables;
using Skep.Linux.Streams;

namespace Skep.Cli.Filter;

/// <summary>Shows a table's statistics, once or until it is told to end.</summary>
internal sealed class FilterStatsRun(string name, StatsModes modes, int top, bool json)
{
    // Beginning of the screen; behind the text, what an earlier and longer one left is cleared.
    private const string Home = "\e[H", ClearLine = "\e[K", ClearRest = "\e[J", ClearAll = "\e[2J";

    private readonly bool _hasScreen = !json && Terminal.IsOutput && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    public int Once()
    {
        if (Read() is not { } table) return FilterApplyCommand.NotApplied(name);
        if (json) Data.Write(output => WriteJson(output, table, null, null));
        else Data.WriteText(output => new StatsText(output, 0, draws: false).WriteTotals(Sections(table)));
        return ExitCode.Done;
    }

    public int Live(TimeSpan interval, int? count, TimeSpan? duration)
    {
        using var ended = new ManualResetEventSlim();
        using StopSignals signals = StopSignals.OfLive(ended.Set);
        var rates = new RateHistory();
        long started = Stopwatch.GetTimestamp(), before = started;
        if (Read() is not { } table) return FilterApplyCommand.NotApplied(name);
        rates.Begin(TimeSpan.Zero);
        Note(table, rates);
        int shown = 0;
        if (_hasScreen && !Data.Write(static output => output.Write(Encoding.UTF8.GetBytes(ClearAll)))) return ExitCode.Done;
        while (shown < (count ?? int.MaxValue) && !Wait(ended, started, interval * (shown + 1), duration))
        {
            if (Read() is not { } now)
            {
                Talk.Say($"table {name} was removed");
                break;
            }

            long at = Stopwatch.GetTimestamp();
            TimeSpan since = Stopwatch.GetElapsedTime(before, at);
            before = at;
            rates.Begin(since);
            if (!Data.Write(output => WriteSample(output, now, rates, since))) break;
            shown++;
        }

        Talk.Say(string.Create(CultureInfo.InvariantCulture, $"{shown} intervals shown"));
        return ExitCode.Done;
    }

    /// <returns>True when it is time to end.</returns>
    private static bool Wait(ManualResetEventSlim ended, long started, TimeSpan due, TimeSpan? duration)
    {
        if (duration is { } most && most < due)
        {
            ended.Wait(Later(started, most));
            return true;
        }

        return ended.Wait(Later(started, due));
    }

    private static TimeSpan Later(long started, TimeSpan due)
    {
        TimeSpan rest = due - Stopwatch.GetElapsedTime(started);
        return rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
    }

    private void Note(AppliedTable table, RateHistory rates)
    {
        foreach (StatsSection section in Sections(table))
            foreach (StatsRow row in section.Rows) rates.Of(section.Mode, row);
    }

    private string Text(AppliedTable table, RateHistory rates)
    {
        var text = new StringWriter { NewLine = _hasScreen ? ClearLine + "\n" : "\n" };
        string devices = string.Join(' ', table.Devices.Select(d => d.Device + (d.IsGone ? " (gone)" : d.NameNote)));
        (int columns, int rows) = _hasScreen ? Terminal.Size : default;
        var stats = new StatsText(text, columns, _hasScreen);
        stats.WriteRates(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.Now:HH:mm:ss} {table.Name} {devices}"), Sections(table), rates);
        if (!_hasScreen) return text.ToString() + "\n";

        // A line more than the screen has would scroll it.
        string[] lines = text.ToString().TrimEnd('\n').Split('\n');
        return Home + string.Join('\n', lines.Take(Math.Max(rows, 2) - 1)) + "\n" + ClearRest;
    }

    private IReadOnlyList<StatsSection> Sections(AppliedTable table) => StatsSection.Of(table, modes, top);

    private AppliedTable? Read() => AppliedTable.Read(name, (modes & (StatsModes.Sources | StatsModes.Ports | StatsModes.Sizes | StatsModes.All)) != 0);

    private void WriteJson(Stream output, AppliedTable table, RateHistory? rates, TimeSpan? since)
    {
        var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            if (since is { } time)
            {
                writer.WriteString("time", DateTimeOffset.UtcNow);
                writer.WriteNumber("interval_s", Math.Round(time.TotalSeconds, 6));
            }

            FilterTableWriter.WriteHead(writer, table);
            StatsJson.Write(writer, table, Sections(table), rates);
            FilterTableWriter.WriteSets(writer, table);
            writer.WriteEndObject();
        }

        buffer.WriteByte((byte)'\n');
        output.Write(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private void WriteSample(Stream output, AppliedTable table, RateHistory rates, TimeSpan since)
    {
        if (json) WriteJson(output, table, rates, since);
        else output.Write(Encoding.UTF8.GetBytes(Text(table, rates)));
    }
}
