using System.Globalization;
using System.Text.Json;
using Skep.Bpf;
using Skep.Guard.Model;
using Skep.Output;
using Skep.Watch.Events;

namespace Skep.Guard.Kernel;

/// <summary>A decision as text and as JSON.</summary>
public static class GuardDecisionText
{
    /// <summary>The command of bpf(2), as events name it.</summary>
    public static string NameOf(GuardDecision decision)
    {
        ArgumentNullException.ThrowIfNull(decision);
        return CommandNames.Canonical(decision.Command.ToString(CultureInfo.InvariantCulture));
    }

    private static string What(GuardDecision decision) =>
        decision.ProgramType is { } program ? $"{program.Name()} {SafeText.Escape(decision.Name)}"
        : decision.MapType is { } map ? $"{map.Name()} {SafeText.Escape(decision.Name)}" : "";

    /// <summary>Writes a line.</summary>
    public static void Write(TextWriter text, GuardDecision decision)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(decision);
        string command = NameOf(decision);
        string code = decision.InsnCnt is { } count ? string.Create(CultureInfo.InvariantCulture, $" {count} insns") : "";
        text.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{UtcText.Nanoseconds(decision.TimeNs)} {decision.Action.Name()} {command} {What(decision)}{code} "
            + $"{SafeText.Escape(decision.Comm)}[{decision.Pid}] uid {decision.Uid}: {SafeText.Escape(decision.Reason)}"));
    }

    /// <summary>Writes an object.</summary>
    public static void Write(Utf8JsonWriter json, GuardDecision decision)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(decision);
        json.WriteStartObject();
        json.WriteNumber("number", decision.Number);
        json.WriteString("time", UtcText.Nanoseconds(decision.TimeNs));
        json.WriteString("decision", decision.Action.Name());
        json.WriteString("cmd", NameOf(decision));
        if (decision.Policy is { } policy) json.WriteString("policy", policy);
        if (decision.Rule > 0) json.WriteNumber("rule", decision.Rule);
        if (decision.Line is { } line) json.WriteNumber("line", line);
        if (decision.Message is { } message) json.WriteString("message", message);
        json.WriteString("reason", decision.Reason);
        json.WriteNumber("pid", decision.Pid);
        json.WriteNumber("uid", decision.Uid);
        json.WriteString("comm", decision.Comm);
        if (decision.Exe is { } exe) json.WriteString("exe", exe);
        json.WriteString("cgroup", decision.Cgroup);
        if (decision.Unit is { } unit) json.WriteString("unit", unit);
        if (decision.ProgramType is { } type)
        {
            json.WriteStartObject("prog");
            json.WriteString("type", type.Name());
            json.WriteString("name", decision.Name);
            if (decision.InsnCnt is { } count) json.WriteNumber("insn_cnt", count);
            if (decision.Sha256 is { } digest) json.WriteString("sha256", digest);
            json.WriteEndObject();
        }

        if (decision.MapType is { } map)
        {
            json.WriteStartObject("map");
            json.WriteString("type", map.Name());
            json.WriteString("name", decision.Name);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
