using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Skep.Bpf;
using Skep.Filter.Format;
using Skep.Filter.Model;
using Skep.Filter.Runtime.Acting;
using Skep.Filter.Runtime.Report;
using Skep.Filter.Runtime.Simulate;
using Skep.Filter.Runtime.Tables;
using Skep.Filter.Simulate;
using Skep.Guard.Kernel;
using Skep.Guard.Model;
using Skep.Output;
using Skep.Packets.Building;
using Skep.Packets.Captures;
using Skep.Watch.Doctor;

namespace Skep.Agent.Web;

/// <summary>What is asked of the machine, of its packet filters and of its guard.</summary>
internal sealed class MachineRequests
{
    private const int MostDecisions = 200, MostPacketText = 1024;

    // Its probes load programs.
    private static readonly TimeSpan DoctorLasts = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private byte[]? _doctor;
    private long _doctorUntil;

    /// <summary>Answers a path.</summary>
    public Task Answer(HttpContext context, string[] parts)
    {
        string[] names = parts is ["filter", _, "verdict"] ? ["packet", "iif"] : [];
        if (RequestQuery.Mistake(context.Request.Query, names) is { } mistake)
            return Reply.Refuse(context, StatusCodes.Status400BadRequest, mistake);
        return parts[0] switch
        {
            "doctor" => Reply.Send(context, Reply.JsonType, Doctor()),
            "guard" => Reply.SendJson(context, WriteGuard),
            _ when parts[2] == "stats" => Statistics(context, parts[1]),
            _ => Verdict(context, parts[1]),
        };
    }

    private static Task Statistics(HttpContext context, string name)
    {
        const int top = 20;
        return AppliedTable.Read(name, withSketches: true) is not { } table ? NoTable(context, name) : Reply.SendJson(
            context, json => FilterTableWriter.WriteStats(json, table, StatsSection.Of(table, StatsModes.All, top), null, null));
    }

    private static Task NoTable(HttpContext context, string name) => Reply.Refuse(
        context, StatusCodes.Status404NotFound, $"finding table {name}: it filters no device (filter has those that do)");

    private byte[] Doctor()
    {
        lock (_lock)
        {
            if (_doctor is { } known && _doctorUntil > Environment.TickCount64) return known;
            var writer = new ExaminationWriter(
                [.. KernelExamination.Examine(), GuardExamination.Examine()], KernelExamination.Tiers(new KernelTypes()));
            using var buffer = new MemoryStream();
            StreamOutput.WriteJson(buffer, OutputForm.Json, writer.WriteJson);
            _doctorUntil = Environment.TickCount64 + (long)DoctorLasts.TotalMilliseconds;
            return _doctor = buffer.ToArray();
        }
    }

    private static void WriteGuard(Utf8JsonWriter json)
    {
        IReadOnlyList<AppliedGuard> applied = AppliedGuard.ReadAll();
        bool exists = GuardLog.Exists;
        GuardCounters? counters = exists ? GuardLog.ReadCounters() : null;
        json.WriteStartObject();
        json.WriteBoolean("active", applied.Any(guard => guard.IsDeciding));
        AppliedGuardText.WriteKeys(json, applied, counters);
        json.WriteStartArray("policies");
        foreach (AppliedGuard guard in applied.Where(guard => guard.IsDeciding))
        {
            foreach ((Policy policy, IReadOnlyList<ulong> rules, ulong byDefault) in guard.ReadPolicies())
                AppliedGuardText.WritePolicy(json, policy, rules, byDefault);
        }

        json.WriteEndArray();
        json.WriteStartArray("decisions");
        if (counters is { } sum)
        {
            using var log = new GuardLog();
            foreach (GuardDecision decision in log.Read(sum.Recorded > MostDecisions ? sum.Recorded - MostDecisions : 0))
                GuardDecisionText.Write(json, decision);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    // The reference decides, as in skep filter test: counters, buckets and the log of the table stay as they are.
    private static Task Verdict(HttpContext context, string name)
    {
        IQueryCollection query = context.Request.Query;
        string text = query["packet"].ToString();
        if (text.Length is 0 or > MostPacketText)
        {
            return Reply.Refuse(
                context, StatusCodes.Status400BadRequest,
                $"packet is a packet as text of at most {MostPacketText} characters, such as 'udp 10.0.0.1:5 > 10.0.0.2:53'");
        }

        if (!PacketText.TryParse(text, out PacketSpec spec, out string mistake))
            return Reply.Refuse(context, StatusCodes.Status400BadRequest, $"reading packet '{text}': {mistake}");
        if (ActingTable.Read(name) is not { } table) return NoTable(context, name);
        byte[] bytes = PacketBuilder.Build(spec);
        var packet = new CapturedPacket(0, bytes, bytes.Length);
        string iif = query.TryGetValue("iif", out StringValues given) ? given.ToString() : "lo";
        using ISimulator simulator = Simulators.Create(table, iif, inKernel: false);
        var tested = new TestedPacket(1, packet, LinkLayer.Of(packet)!);
        Simulation result = tested.Decide(simulator);
        return Reply.SendJson(context, json => Write(json, table, tested, result));
    }

    private static void Write(Utf8JsonWriter json, Table table, TestedPacket packet, Simulation result)
    {
        json.WriteStartObject();
        json.WriteString("headers", packet.Headers(packet.Bytes));
        json.WriteNumber("bytes", packet.Bytes.Length);
        json.WriteString("verdict", result.Verdict);
        json.WriteString("reason", result.Reason);
        json.WritePropertyName("rule");
        if (result.Rule >= 0) Write(json, table, result.Rule);
        else json.WriteNullValue();
        json.WriteStartArray("steps");
        foreach (int hit in result.Hits) Write(json, table, hit);
        json.WriteEndArray();
        if (packet.IsRewritten(result)) json.WriteString("rewritten", packet.Headers(result.Packet));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Table table, int place)
    {
        Rule rule = table.Rules[place];
        json.WriteStartObject();
        json.WriteNumber("number", place + 1);
        json.WriteString("id", rule.Id);
        json.WriteNumber("line", rule.Line);
        json.WriteString("text", RuleFormatter.Format(rule));
        json.WriteEndObject();
    }
}
