using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Guard.Kernel;
using Skep.Guard.Model;
using Skep.Linux.Kernel;
using Skep.Output;

namespace Skep.Cli.Guard;

/// <summary><c>skep guard show</c> and <c>remove</c>.</summary>
internal static class GuardShowCommand
{
    public static Command Create()
    {
        var show = new SkepCommand("show", "Shows the policies that are in the kernel, and how often each rule decided.", new(
            "docs/guard.md",
            new("skep guard show", "as text"),
            new("skep guard show -j", "as JSON")));
        show.PrintsAsGroup((_, form) => Show(form));
        return show;
    }

    /// <summary>Prints what is applied.</summary>
    public static int Show(OutputForm form) => GuardApplyCommand.Supported("show policies", () =>
    {
        IReadOnlyList<AppliedGuard> applied = AppliedGuard.ReadAll();
        GuardCounters? counters = GuardLog.Exists ? GuardLog.ReadCounters() : null;
        StandardOutput.Write(form, json => WriteJson(json, applied, counters), text => WriteText(text, applied, counters));
        return ExitCode.Done;
    });

    public static Command CreateRemove()
    {
        var remove = new SkepCommand("remove", "Removes all policies from the kernel.", new(
            "docs/guard.md",
            new("skep guard remove", "nothing is judged any more"),
            new("skep guard show", "what would be removed")));
        remove.SetAction(_ => GuardApplyCommand.Supported("remove policies", () =>
            AppliedGuard.RemoveAll(Message.Print)
                ? ExitCode.Done
                : Message.Error("removing policies: none are applied (skep guard show shows those that are)", ExitCode.Failed)));
        return remove;
    }

    private static void WriteText(TextWriter text, IReadOnlyList<AppliedGuard> applied, GuardCounters? counters)
    {
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

    private static void WriteJson(Utf8JsonWriter json, IReadOnlyList<AppliedGuard> applied, GuardCounters? counters)
    {
        json.WriteStartObject();
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
            foreach ((Policy policy, IReadOnlyList<ulong> rules, ulong byDefault) in guard.ReadPolicies()) WritePolicy(json, policy,
                rules, byDefault);
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

        json.WriteEndObject();
    }

    private static void WritePolicy(Utf8JsonWriter json, Policy policy, IReadOnlyList<ulong> rules, ulong byDefault)
    {
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
