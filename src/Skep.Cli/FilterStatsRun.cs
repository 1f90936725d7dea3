using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Skep.Filter.Load;
using Skep.Filter.Report;

namespace Skep.Cli;

/// <summary>Shows a table's statistics, once or until it is told to end.</summary>
internal sealed class FilterStatsRun(string name, StatsModes modes, int top, bool json)
{
    // Beginning of the screen; behind the text, what an earlier and longer one left is cleared.
    private const string Home = "\e[H", ClearLine = "\e[K", ClearRest = "\e[J", ClearAll = "\e[2J";

    private readonly bool _hasScreen = !json && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    public int Once()
    {
        if (Read() is not { } table) return FilterApplyCommand.NotApplied(name);
        using Stream output = Console.OpenStandardOutput();
        if (json)
        {
            WriteJson(output, table, null, null);
            return ExitCode.Done;
        }

        using var writer = new StreamWriter(output, new UTF8Encoding(false));
        new StatsText(writer, 0, draws: false).WriteTotals(Sections(table));
        return ExitCode.Done;
    }

    public int Live(TimeSpan interval, int? count, TimeSpan? duration)
    {
        using var ended = new ManualResetEventSlim();
        using var signals = new StopSignals(_ => ended.Set());
        using Stream output = Console.OpenStandardOutput();
        var rates = new RateHistory();
        long started = Stopwatch.GetTimestamp(), before = started;
        if (Read() is not { } table) return FilterApplyCommand.NotApplied(name);
        rates.Begin(TimeSpan.Zero);
        Note(table, rates);
        if (_hasScreen) Write(output, ClearAll);
        int shown = 0;
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
            if (json) WriteJson(output, now, rates, since);
            else Write(output, Text(now, rates));
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
        var stats = new StatsText(text, _hasScreen ? (Console.WindowWidth is > 0 and int wide ? wide : 80) : 0, _hasScreen);
        stats.WriteRates(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.Now:HH:mm:ss} {table.Name} {devices}"), Sections(table), rates);
        if (!_hasScreen) return text.ToString() + "\n";

        // A line more than the screen has would scroll it.
        string[] lines = text.ToString().TrimEnd('\n').Split('\n');
        int height = Math.Max(Console.WindowHeight, 2);
        return Home + string.Join('\n', lines.Take(height - 1)) + "\n" + ClearRest;
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

    private static void Write(Stream output, string text) => output.Write(Encoding.UTF8.GetBytes(text));
}
