using System.Globalization;
using System.Text.Json;
using Skep.Guard.Model;
using Skep.Linux.Kernel;
using Skep.Output;

namespace Skep.Guard.Kernel;

/// <summary>The policies in the kernel as text and as JSON.</summary>
public static class AppliedGuardText
{
    /// <summary>Writes lines.</summary>
    public static void Write(TextWriter text, IReadOnlyList<AppliedGuard> applied, GuardCounters? counters)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(applied);
        if (applied.Count == 0) text.WriteLine("no policies are applied");
        foreach (AppliedGuard guard in applied)
        {
            string ends = guard.SecondsLeft is { } left ? string.Create(CultureInfo.InvariantCulture,
                $", ends in {left:0} s unless confirmed")
                : guard.IsOver ? ", its time is over: it decides nothing" : "";
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"generation {guard.Generation}, applied {guard.State?.AppliedAt ?? "at a time that is lost"}, "
                + $"by {guard.State?.Backend ?? "?"}{ends}"));
            if (guard.State is null) text.WriteLine("    the texts of its policies are lost; it decides as before");
            foreach ((Policy policy, IReadOnlyList<ulong> rules, ulong byDefault) in guard.ReadPolicies())
            {
                text.WriteLine($"    policy {policy.Name}, fail {policy.Fail.Name()}");
                for (int i = 0; i < rules.Count; i++)
                {
                    PolicyRule rule = policy.Rules[i];
                    string message = rule.Message is { } said ? $": {SafeText.Escape(said)}" : "";
                    text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                        $"        rule {i + 1} (line {rule.Line}) {rule.Action.Name()} {rules[i]}{message}"));
                }

                text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"        default {policy.Default.Name()} {byDefault}"));
            }
        }

        if (!KernelSettings.IsFtraceOn)
            text.WriteLine("the kernel runs none of the programs: kernel.ftrace_enabled is 0 (sysctl -w kernel.ftrace_enabled=1)");
        if (counters is { } sum)
            text.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"judged {sum.Decided}, denied {sum.Denied}, reported {sum.Alerted}, not judged {sum.Unjudged}"));
    }

    /// <summary>Writes an object.</summary>
    public static void Write(Utf8JsonWriter json, IReadOnlyList<AppliedGuard> applied, GuardCounters? counters)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(applied);
        json.WriteStartObject();
        WriteKeys(json, applied, counters);
        json.WriteEndObject();
    }

    /// <summary>Writes the keys of it into an open object.</summary>
    public static void WriteKeys(Utf8JsonWriter json, IReadOnlyList<AppliedGuard> applied, GuardCounters? counters)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(applied);
        json.WriteStartArray("generations");
        foreach (AppliedGuard guard in applied)
        {
            json.WriteStartObject();
            json.WriteNumber("generation", guard.Generation);
            if (guard.State is { } state)
            {
                json.WriteString("applied_at", state.AppliedAt);
                json.WriteString("backend", state.Backend);
            }

            json.WriteBoolean("deciding", guard.IsDeciding);
            if (guard.SecondsLeft is { } left) json.WriteNumber("seconds_left", Math.Round(left, 3));
            json.WriteStartArray("programs");
            foreach (string program in guard.Programs) json.WriteStringValue(program);
            json.WriteEndArray();
            json.WriteStartArray("policies");
            foreach ((Policy policy, IReadOnlyList<ulong> rules, ulong byDefault) in guard.ReadPolicies())
                WritePolicy(json, policy, rules, byDefault);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (counters is { } sum)
        {
            json.WriteNumber("judged", sum.Decided);
            json.WriteNumber("denied", sum.Denied);
            json.WriteNumber("alerted", sum.Alerted);
            json.WriteNumber("recorded", sum.Recorded);
            json.WriteNumber("unjudged", sum.Unjudged);
        }
    }

    /// <summary>Writes a policy, an object.</summary>
    public static void WritePolicy(Utf8JsonWriter json, Policy policy, IReadOnlyList<ulong> rules, ulong byDefault)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(rules);
        json.WriteStartObject();
        json.WriteString("policy", policy.Name);
        json.WriteString("default", policy.Default.Name());
        json.WriteString("fail", policy.Fail.Name());
        json.WriteNumber("default_decided", byDefault);
        json.WriteStartArray("rules");
        for (int i = 0; i < rules.Count; i++)
        {
            PolicyRule rule = policy.Rules[i];
            json.WriteStartObject();
            json.WriteNumber("rule", i + 1);
            json.WriteNumber("line", rule.Line);
            json.WriteString("action", rule.Action.Name());
            json.WriteStartArray("on");
            foreach (string operation in OperationNames.Of(rule.Operations)) json.WriteStringValue(operation);
            json.WriteEndArray();
            if (rule.Message is { } message) json.WriteString("message", message);
            json.WriteNumber("decided", rules[i]);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
