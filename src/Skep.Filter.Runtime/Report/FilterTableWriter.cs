using System.Globalization;
using System.Text.Json;
using Skep.Filter.Runtime.Devices;
using Skep.Filter.Runtime.Maps;
using Skep.Filter.Runtime.Sets;
using Skep.Filter.Runtime.Tables;
using Skep.Output;

namespace Skep.Filter.Runtime.Report;

/// <summary>Prints applied tables.</summary>
public static class FilterTableWriter
{
    // Of a set that counts.
    private const int MostElements = 100;

    public static void WriteText(TextWriter writer, AppliedTable table)
    {
        writer.WriteLine($"table {table.Name}, policy {table.Policy}");
        if (table.Source is { } source)
        {
            string version = source.Version is { } named ? $", version {SafeText.EscapeLines(named)}" : "";
            writer.WriteLine($"  from {SafeText.EscapeLines(source.File)}{version}, sha256 {source.Sha256[..16]}");
        }

        foreach (FilteredDevice device in table.Devices) WriteText(writer, device);

        foreach (RedirectTarget target in table.Targets.Where(t => t.Note.Length > 0)) writer.WriteLine($"  {target.Note}");
        if (table.IsMixed)
            writer.WriteLine("  mixed: the devices run different programs (apply the rules again)");
        if (table.ReturnsIn is { } left)
        {
            string restored = string.Create(CultureInfo.InvariantCulture, $"the previous rules are restored in {left.TotalSeconds:0} s");
            writer.WriteLine($"  to be confirmed: {restored} (skep filter confirm {table.Name} keeps these)");
        }

        foreach (CountedRule rule in table.Rules)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rule.Count.Packets,12} {rule.Count.Bytes,14}  {rule.Text}"));
        foreach ((string name, IReadOnlyList<LiveElement> elements) in table.CountedElements)
        {
            writer.WriteLine($"  set {name}");
            foreach (LiveElement element in elements.Take(MostElements)) writer.WriteLine($"    {element.Line}");
            if (elements.Count > MostElements)
                writer.WriteLine($"    and {elements.Count - MostElements} more (skep filter set list {table.Name} {name})");
        }

        if (table.Log is { } log)
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{log.Sent,12} packets logged, {log.Lost} lost"));
        new StatsText(writer, 0, draws: false).WriteTotals(StatsSection.Of(table, StatsModes.Actions | StatsModes.Protocols, 0));
    }

    private static void WriteText(TextWriter writer, FilteredDevice device)
    {
        string netns = device.Netns.Length == 0 ? "" : $" netns {SafeText.EscapeLines(device.Netns)}";
        string mode = device.IsBare ? $"{device.Mode} (no Ethernet header)" : device.Mode;
        string since = UtcText.Seconds(device.Since.UtcDateTime);
        string ids = string.Create(CultureInfo.InvariantCulture, $"prog_id {device.ProgramId}  link_id {device.LinkId}");
        string state = device.IsGone ? "  the device was removed" : "";
        writer.WriteLine($"  {device.Device}{device.NameNote}{netns}  {mode}  {ids}  since {since} ({Age(device.Since)}){state}");
    }

    public static void WriteJson(Utf8JsonWriter json, AppliedTable table)
    {
        json.WriteStartObject();
        WriteHead(json, table);
        StatsJson.Write(json, table, StatsSection.Of(table, StatsModes.All, 0), null);
        WriteSets(json, table);
        WriteTargets(json, table);
        if (table.Log is { } log)
        {
            json.WriteStartObject("log");
            json.WriteNumber("packets", log.Sent);
            json.WriteNumber("lost", log.Lost);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Writes a table's statistics.</summary>
    /// <param name="rates">Adds rates; null for totals only.</param>
    /// <param name="since">The interval of the rates.</param>
    public static void WriteStats(
        Utf8JsonWriter json, AppliedTable table, IReadOnlyList<StatsSection> sections, RateHistory? rates, TimeSpan? since)
    {
        json.WriteStartObject();
        if (since is { } time)
        {
            json.WriteString("time", DateTime.UtcNow);
            json.WriteNumber("interval_s", Math.Round(time.TotalSeconds, 6));
        }

        WriteHead(json, table);
        StatsJson.Write(json, table, sections, rates);
        WriteSets(json, table);
        json.WriteEndObject();
    }

    /// <summary>Writes a table's name, policy and devices.</summary>
    public static void WriteHead(Utf8JsonWriter json, AppliedTable table)
    {
        json.WriteString("table", table.Name);
        json.WriteString("policy", table.Policy);
        if (table.Source is { } source)
        {
            json.WriteString("source", source.File);
            json.WriteString("sha256", source.Sha256);
            if (source.Directory is { } directory) json.WriteString("directory", directory);
            if (source.Version is { } version) json.WriteString("version", version);
        }

        if (table.ReturnsIn is { } left) json.WriteNumber("returns_in", Math.Round(left.TotalSeconds, 3));
        json.WriteObjects("devices", table.Devices, device =>
        {
            json.WriteString("device", device.Device);
            json.WriteString("netns", device.Netns);
            json.WriteString("mode", device.Mode);
            json.WriteNumber("prog_id", device.ProgramId);
            json.WriteNumber("link_id", device.LinkId);
            json.WriteString("since", device.Since.UtcDateTime);
            if (device.IsGone) json.WriteBoolean("gone", true);
            if (device.Device != device.AppliedAs) json.WriteString("applied_as", device.AppliedAs);
            if (device.IsElsewhere) json.WriteBoolean("elsewhere", true);
        });
    }

    private static string Age(DateTimeOffset since) => (DateTimeOffset.UtcNow - since) switch
    {
        { TotalDays: >= 1 } age => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalDays}d {age.Hours}h"),
        { TotalHours: >= 1 } age => string.Create(CultureInfo.InvariantCulture, $"{age.Hours}h {age.Minutes}m"),
        { TotalMinutes: >= 1 } age => string.Create(CultureInfo.InvariantCulture, $"{age.Minutes}m {age.Seconds}s"),
        { } age => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.Seconds)}s"),
    };

    private static void WriteSets(Utf8JsonWriter json, AppliedTable table)
    {
        json.WriteObjects("sets", table.Sets, set =>
        {
            json.WriteString("name", set.Name);
            json.WriteString("type", string.Join(" . ", set.Type));
            json.WriteNumber("elements", set.Elements);
            if (!table.CountedElements.TryGetValue(set.Name, out IReadOnlyList<LiveElement>? counted)) return;
            json.WriteObjects("counters", counted, element =>
            {
                json.WriteString("value", element.Text);
                SetWriter.WriteState(json, element);
            });
        });
    }

    private static void WriteTargets(Utf8JsonWriter json, AppliedTable table)
    {
        if (table.Targets.Count == 0) return;
        json.WriteObjects("redirects", table.Targets, target =>
        {
            json.WriteString("device", target.Name ?? target.AppliedAs);
            if (target.Name is null) json.WriteBoolean("gone", true);
            else if (target.Name != target.AppliedAs) json.WriteString("applied_as", target.AppliedAs);
        });
    }
}
