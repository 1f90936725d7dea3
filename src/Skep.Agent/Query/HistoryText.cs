using System.Globalization;
using Skep.Output;

namespace Skep.Agent.Query;

/// <summary>History as text: one line per entry.</summary>
public static class HistoryText
{
    private const int HashChars = 12;

    /// <summary>Writes an event, or a gap.</summary>
    public static void Write(TextWriter output, HistoryEvent e)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (e.Gap is { } gap)
        {
            string why = gap.WasKilled ? "the agent did not end by itself" : "the agent was stopped";
            output.WriteLine($"{Time(gap.From)} -- no agent watched until {Time(gap.To)}: {why}");
            return;
        }

        output.WriteLine(EventLine.Of(e.Json.Span));
    }

    /// <summary>Writes an alert.</summary>
    public static void Write(TextWriter output, HistoryAlert alert)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(alert);
        Dictionary<string, string> values = JsonValues.Of(alert.Json.Span);
        string Value(string key) => SafeText.Escape(values.GetValueOrDefault(key, ""));
        string again = alert.Count == 1 ? ""
            : string.Create(CultureInfo.InvariantCulture, $" ({alert.Count} times, last {Time(alert.Last)})");
        string message = values.ContainsKey("message") ? $": {Value("message")}" : "";
        output.WriteLine($"{Time(alert.Time)} {Value("severity")} {Value("rule")}{message}: {Value("text")}{again}");
    }

    /// <summary>Writes a decision of guard as <c>skep guard log</c> prints it.</summary>
    public static void Write(TextWriter output, HistoryDecision decision)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(decision);
        output.WriteLine(decision.Text);
    }

    /// <summary>Writes a program.</summary>
    public static void Write(TextWriter output, HistoryProgram program)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(program);
        output.WriteLine($"{Head(program)}: {Seen(program)}; {Loads(program)}{By(program)}{Now(program)}");
    }

    /// <summary>Writes all that is known of a program.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="program">The program.</param>
    /// <param name="attachments">Where it was attached.</param>
    /// <param name="versions">Programs that are versions of one, and what changed in each from the one before; null for the first.</param>
    /// <param name="code">Where its code is; null when it is not kept.</param>
    public static void WriteDetail(
        TextWriter output, HistoryProgram program, IEnumerable<HistoryAttachment> attachments, IReadOnlyList<ProgramVersion> versions,
        string? code)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(versions);
        output.WriteLine(Head(program));
        output.WriteLine($"  sha256 {program.Sha256 ?? "not known: its load was not watched"}");
        output.WriteLine($"  {Seen(program)}");
        output.WriteLine($"  {Loads(program)}");
        output.WriteLine(code is null ? "  its code as it was loaded is not kept" : $"  code {SafeText.Escape(code)}");
        foreach (HistoryInstance one in program.Instances)
        {
            string more = Part(" exe ", one.Exe) + Part(" unit ", one.Unit) + Part(" container ", one.Container);
            string by = one.Comm is null ? $"uid {one.Uid}; the load was not watched"
                : $"{SafeText.Escape(one.Comm)}[{one.Pid}] uid {one.Uid}{more}";
            string runs = one.Runs > 0 ? string.Create(CultureInfo.InvariantCulture, $"; {one.Runs} runs counted, {one.RunTimeNs} ns") : "";
            string name = one.Name == program.Name ? "" : $" {Name(one.Name)}";
            output.WriteLine($"  load {Time(one.Loaded)} as id {one.KernelId}{name} by {by}; {Gone(one.Gone)}{runs}");
        }

        foreach (HistoryAttachment place in attachments) output.WriteLine($"  attached {Place(place)}");
        foreach (ProgramVersion version in versions)
        {
            string here = version.Program.Row == program.Row ? " (this one)" : "";
            output.WriteLine($"  version {Hash(version.Program)} from {Time(version.Program.FirstSeen)}{here}");
            foreach (string change in version.Changes ?? []) output.WriteLine($"    {SafeText.Escape(change)}");
        }
    }

    /// <summary>Writes a map.</summary>
    public static void Write(TextWriter output, HistoryMap map)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(map);
        string by = map.Comm is null ? "" : $", by {SafeText.Escape(map.Comm)}[{map.Pid}] uid {map.Uid}{Part(" unit ", map.Unit)}";
        output.WriteLine(
            $"{map.KernelId}: {map.Type} {Name(map.Name)} key {map.KeySize}B value {map.ValueSize}B max_entries {map.MaxEntries}: "
            + $"{Seen(map.FirstSeen, map.LastSeen, map.Gone)}{by}");
    }

    /// <summary>Writes an attachment.</summary>
    public static void Write(TextWriter output, HistoryAttachment place)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(place);
        string program = place.Sha256 is { } hash ? hash[..HashChars] : $"tag {place.Tag}";
        output.WriteLine($"{place.Type} {Name(place.Name)} {program} id {place.ProgramId}: {Place(place)}");
    }

    /// <summary>Writes what a rule had counted.</summary>
    public static void Write(TextWriter output, HistoryCount count)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(count);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Time(count.TimeNs)} {count.Table} {count.Packets,12} {count.Bytes,14}  {SafeText.Escape(count.Text)}"));
    }

    /// <summary>Writes a run of an agent.</summary>
    public static void Write(TextWriter output, HistoryRun run)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(run);
        string end = run.Ended is { } ended ? $"to {Time(ended)}" : $"last sign of life {Time(run.Alive)}";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Time(run.Started)} {end}, version {SafeText.Escape(run.Version)}, backend {run.Backend}: {Counters(run)}"));
    }

    private static string Counters(HistoryRun run) => string.Create(CultureInfo.InvariantCulture,
        $"{run.Counters.Captured} captured = {run.Counters.Stored} stored + {run.Counters.Pending} pending + "
            + $"{run.Counters.LostKernel} lost in the "
        + $"kernel + {run.Counters.DroppedQueue} dropped by the queue + {run.Counters.DroppedStore} dropped by the database");

    private static string Head(HistoryProgram program) => $"{Hash(program)} {program.Type} {Name(program.Name)}"
        + (program.Instructions is { } count ? $" {count} insns" : "") + (program.Tag is { } tag ? $" tag {tag}" : "");

    private static string Hash(HistoryProgram program) => program.Sha256 is { } hash ? hash[..HashChars] : "-";

    private static string Name(string? name) => string.IsNullOrEmpty(name) ? "-" : SafeText.Escape(name);

    private static string Seen(HistoryProgram program) => $"seen {Time(program.FirstSeen)} to {Time(program.LastSeen)}";

    private static string Loads(HistoryProgram program) => string.Create(CultureInfo.InvariantCulture,
        $"{program.Loads} {(program.Loads == 1 ? "load" : "loads")} watched")
        + (program.Failures > 0 ? string.Create(CultureInfo.InvariantCulture, $", {program.Failures} refused") : "");

    private static string By(HistoryProgram program)
    {
        string[] loaders = [.. program.Instances.Select(i => i.Comm).OfType<string>().Distinct().Take(3)];
        return loaders.Length == 0 ? "" : $", by {string.Join(", ", loaders.Select(SafeText.Escape))}";
    }

    private static string Now(HistoryProgram program)
    {
        string[] ids = [.. program.Instances.Where(i => i.Gone is null).Take(4)
            .Select(i => i.KernelId.ToString(CultureInfo.InvariantCulture))];
        return ids.Length == 0 ? "" : $"; there as id {string.Join(", ", ids)}";
    }

    private static string Place(HistoryAttachment place)
    {
        string link = place.Link == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" by link {place.Link}");
        string where = place.Place.Length == 0 ? "" : ": " + SafeText.Escape(place.Place);
        return $"{SafeText.Escape(place.Kind)}{where}{link}, {Seen(place.FirstSeen, place.LastSeen, place.Gone)}";
    }

    // What is there is so as of the last look of the agent.
    private static string Seen(long first, long last, long? gone) => $"seen {Time(first)} to {Time(last)}, {Gone(gone)}";

    private static string Gone(long? gone) => gone is { } time ? $"gone {Time(time)}" : "there";

    private static string Part(string before, string? value) => value is null ? "" : before + SafeText.Escape(value);

    private static string Time(long unixNs) => UtcText.Nanoseconds(unixNs);
}
