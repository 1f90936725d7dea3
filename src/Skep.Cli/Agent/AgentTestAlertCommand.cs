using System.CommandLine;
using Skep.Agent.Config;
using Skep.Agent.Host;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Linux.Kernel;
using Skep.Output;

namespace Skep.Cli.Agent;

/// <summary><c>skep agent test-alert</c>.</summary>
internal static class AgentTestAlertCommand
{
    public static Command Create()
    {
        var named = new Argument<string[]>("TARGET")
        {
            Description = "Names of targets; all when none is named.", Arity = ArgumentArity.ZeroOrMore,
        };
        var options = new AgentConfigOptions();
        var test = new SkepCommand(
            "test-alert", "Sends an alert that says that it is a test, and prints what became of it. No agent has to run.", new(
                "docs/agent.md",
                new("skep agent test-alert", "to all targets"),
                new("skep agent test-alert ops -j", "to one, as JSON"))
            {
                Failed = "failed, or a target did not take it",
                Usage = "wrong usage, or the configuration or a file of alerts has an error",
            }) { named };
        options.AddTo(test);
        test.Prints((parsed, form) => options.TryRead(parsed) is { } config ? Send(config, parsed.GetValue(named) ?? [], form)
            : ExitCode.Usage);
        return test;
    }

    private static int Send(AgentConfig config, string[] named, OutputForm form)
    {
        if (AlertFiles.TryRead(config) is not { } alerts) return ExitCode.Usage;
        foreach (string name in named)
        {
            if (alerts.Targets.Contains(name)) continue;
            string known = alerts.Targets.Count == 0 ? "there are none" : $"there are {string.Join(", ", alerts.Targets)}";
            return Message.Error(
                $"there is no target {SafeText.Escape(name)} in {config.AlertsDirectory} "
                + $"({Spelling.DidYouMean(name, alerts.Targets) ?? known})", ExitCode.Usage);
        }

        IReadOnlyList<string> targets = named.Length > 0 ? [.. named.Distinct()] : alerts.Targets;
        if (targets.Count == 0)
        {
            return Message.Error(
                $"sending a test: {config.AlertsDirectory} has no target (add a [[target]] to a file there; see docs/agent.md)",
                ExitCode.Failed);
        }

        string? host = KernelFile.Text("/proc/sys/kernel/hostname").Value;
        var results = targets.Select(target => (Target: target, Fault: alerts.SendTest(target, host))).ToList();
        StandardOutput.WriteEach(
            form, results,
            (json, one) =>
            {
                json.WriteStartObject();
                json.WriteString("target", one.Target);
                json.WriteBoolean("sent", one.Fault is null);
                if (one.Fault is { } fault) json.WriteString("error", fault);
                json.WriteEndObject();
            },
            (text, one) => text.WriteLine(one.Fault is { } fault ? $"{one.Target}: {SafeText.Escape(fault)}" : $"{one.Target}: sent"));
        return results.Exists(one => one.Fault is not null) ? ExitCode.Failed : ExitCode.Done;
    }
}
