using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Skep.Agent.Config;
using Skep.Agent.History;
using Skep.Agent.Live;
using Skep.Agent.Query;
using Skep.Bpf;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;
using Skep.Maps.Dump;
using Skep.Output;

namespace Skep.Agent.Web;

/// <summary>
/// What there is in the kernel now: programs, maps, links, and the places where programs are attached, as the last look at the machine
/// found them.
/// </summary>
/// <param name="config">Where history is.</param>
/// <param name="machine">The machine.</param>
internal sealed class LoadedRequests(AgentConfig config, LiveMachine machine)
{
    private const int MostEntries = 1000;
    private const long MostDumpBytes = 4 << 20, MostValueBytes = 1 << 20, MostEmpty = 1 << 20;
    private const double Percent = 100, NanosecondsPerSecond = 1e9;

    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(1);

    private readonly string _boot = KernelFile.Text("/proc/sys/kernel/random/boot_id").Value ?? "";
    private readonly Lock _lock = new();
    private readonly KernelTypes _types = new();
    private readonly Dictionary<string, (object Look, object? Usage, long Until, byte[] Json)> _made = [];

    /// <summary>Answers a path below <c>loaded</c>, <c>links</c> or <c>places</c>.</summary>
    public Task Answer(HttpContext context, string[] parts)
    {
        string[] names = parts is ["loaded", "maps", _] ? ["last"] : [];
        if (RequestQuery.Mistake(context.Request.Query, names) is { } mistake)
            return Reply.Refuse(context, StatusCodes.Status400BadRequest, mistake);
        return parts switch
        {
            ["loaded"] => Send(context, "loaded", WritePrograms),
            ["loaded", "maps"] => Send(context, "maps", WriteMaps),
            ["loaded", "maps", { } id] => Entries(context, id),
            ["links"] => Send(context, "links", WriteLinks),
            ["places"] => Send(context, "places", WritePlaces),
            _ => Reply.NotFound(context),
        };
    }

    private Task Send(HttpContext context, string what, Action<Utf8JsonWriter, MachineLook> write)
    {
        if (machine.Look is not { } look) return NotYet(context);
        context.Response.Headers["Looked-At"] = UtcText.Nanoseconds(look.TimeNs);
        return Reply.Send(context, Reply.JsonType, Made(what, look, write));
    }

    private static Task NotYet(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "1";
        return Reply.Refuse(
            context, StatusCodes.Status503ServiceUnavailable, "the agent has not yet looked at the machine (ask again in a second)");
    }

    // Several pages ask for the same.
    private byte[] Made(string what, MachineLook look, Action<Utf8JsonWriter, MachineLook> write)
    {
        UsageLook? usage = machine.Usage;
        lock (_lock)
        {
            if (_made.TryGetValue(what, out (object Look, object? Usage, long Until, byte[] Json) made) && made.Look == (object)look
                && (what != "loaded" || (made.Usage == (object?)usage && made.Until > Environment.TickCount64)))
                return made.Json;
            using var buffer = new MemoryStream();
            StreamOutput.WriteJson(buffer, OutputForm.Json, json => write(json, look));
            byte[] bytes = buffer.ToArray();
            _made[what] = (look, usage, Environment.TickCount64 + (long)Lasts.TotalMilliseconds, bytes);
            return bytes;
        }
    }

    private void WritePrograms(Utf8JsonWriter json, MachineLook look)
    {
        IReadOnlyDictionary<uint, KnownProgram> known = Known();
        UsageLook? usage = machine.Usage;
        var writer = new ProgramInventory(look.Around);
        string time = UtcText.Nanoseconds(look.TimeNs);
        json.WriteStartArray();
        foreach (Listed<ProgramEntry> one in look.Programs)
        {
            if (one.Entry is not { } entry)
            {
                ListedWriter.WriteUnread(json, one.Id, one.Reason);
                continue;
            }

            json.WriteStartObject();
            writer.WriteKeys(json, entry);
            WriteKnown(json, known.GetValueOrDefault(one.Id));
            WriteUsage(json, usage, one.Id);
            json.WriteString("looked_at", time);
            json.WriteEndObject();
            StreamOutput.FlushWhenFull(json);
        }

        json.WriteEndArray();
    }

    // History may be damaged, or without room: what there is in the kernel is listed all the same.
    private IReadOnlyDictionary<uint, KnownProgram> Known()
    {
        try
        {
            using HistoryReader reader = HistoryReader.Open(config);
            return reader.Present(_boot);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return new Dictionary<uint, KnownProgram>();
        }
    }

    private static void WriteKnown(Utf8JsonWriter json, KnownProgram? known)
    {
        if (known is null) return;
        if (known.Sha256 is { } hash) json.WriteString("sha256", hash);
        if (known.Comm is { } comm) json.WriteString("comm", comm);
        if (known.Unit is { } unit) json.WriteString("loader_unit", unit);
    }

    // One that the kernel counted, and that did not run, ran 0 times.
    private static void WriteUsage(Utf8JsonWriter json, UsageLook? usage, uint id)
    {
        if (usage is null) return;
        UsageSample sample = usage.OfProgram.GetValueOrDefault(id);
        json.WriteNumber("cpu_percent", Math.Round(sample.Nanoseconds / (double)usage.PeriodNs * Percent, 4));
        json.WriteNumber("events_per_second", Math.Round(sample.Runs / (usage.PeriodNs / NanosecondsPerSecond), 2));
        if (sample.Runs > 0) json.WriteNumber("avg_run_ns", sample.Nanoseconds / sample.Runs);
    }

    private static void WriteMaps(Utf8JsonWriter json, MachineLook look) =>
        ListedWriter.WriteJson(json, look.Maps, new MapInventory(look.Around), isSingle: false);

    private static void WriteLinks(Utf8JsonWriter json, MachineLook look) =>
        ListedWriter.WriteJson(json, look.Around.Links, new LinkInventory(look.Around), isSingle: false);

    private static void WritePlaces(Utf8JsonWriter json, MachineLook look)
    {
        if (look.Around.Attachments is { } attachments)
            PlacesWriter.WriteJson(json, look.Programs.Select(one => one.Entry).OfType<ProgramEntry>(), attachments);
        else json.WriteRawValue("[]");
    }

    private Task Entries(HttpContext context, string id)
    {
        if (!uint.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out uint number))
            return Reply.Refuse(context, StatusCodes.Status400BadRequest, "a map is named by its id, a number (loaded/maps has them)");
        if (RequestQuery.TryReadLast(context.Request.Query, MostEntries, out int last) is { } mistake)
            return Reply.Refuse(context, StatusCodes.Status400BadRequest, mistake);
        using BpfMap? map = BpfMap.TryOpenById(number, out Errno error);
        if (map is null)
        {
            return Reply.Refuse(
                context, error.Name == "ENOENT" ? StatusCodes.Status404NotFound : StatusCodes.Status500InternalServerError,
                $"opening map {number}: {error}");
        }

        BpfMapInfo info = map.Info;
        if (info.KeySize == 0)
            return Reply.Refuse(context, StatusCodes.Status422UnprocessableEntity, MapDump.Keyless("dump", info));
        if (info.UserValueSize > MostValueBytes || (info.Type == BpfMapType.ProgArray && info.MaxEntries > MostEmpty))
        {
            return Reply.Refuse(
                context, StatusCodes.Status413PayloadTooLarge,
                $"dump map {number}: it is too large for an answer (skep map dump id {number} prints it)");
        }

        if (machine.Look is not { } look) return NotYet(context);
        using var entries = new MemoryStream();
        bool more = new MapDump(_types, entries, OutputForm.Json).WriteFirst(map, last, MostDumpBytes);
        return Reply.SendJson(context, json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("map");
            new MapInventory(look.Around).WriteJson(json, MapEntry.Read(map));
            json.WritePropertyName("entries");
            json.WriteRawValue(entries.GetBuffer().AsSpan(0, (int)entries.Length), skipInputValidation: true);
            json.WriteBoolean("more", more);
            json.WriteEndObject();
        });
    }
}
