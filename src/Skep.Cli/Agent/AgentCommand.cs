using System.CommandLine;
using System.Text;
using Skep.Agent.Config;
using Skep.Agent.Host;
using Skep.Cli.Common;
using Skep.Cli.Help;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Linux.Processes;
using Skep.Linux.Streams;
using Skep.Output;

namespace Skep.Cli.Agent;

/// <summary><c>skep agent</c>.</summary>
internal static class AgentCommand
{
    public static Command Create()
    {
        var options = new AgentConfigOptions();
        var check = new Option<bool>("--check-config") { Description = "Only check the configuration and the files of alerts." };
        var agent = new SkepCommand(
            "agent",
            "Runs until it is stopped: watches the machine and keeps its history, which skep history prints.\n"
            + "HUP has it read its configuration again. It notifies systemd (sd_notify(3)).",
            new(
                "docs/agent.md",
                new("skep agent", "with /etc/skep/skep.toml, or without a configuration"),
                new("skep agent --check-config --config new.toml", "whether a configuration has an error"),
                new("skep agent status", "what an agent has stored, and what it has lost"))
            {
                Usage = "wrong usage, or the configuration has an error",
            }) { check };
        options.AddTo(agent);
        agent.SetAction(parsed =>
        {
            if (options.TryRead(parsed) is not { } config || AlertFiles.TryRead(config) is not { } alerts) return ExitCode.Usage;
            return parsed.GetValue(check) ? ExitCode.Done : Run(config, alerts, () => options.TryRead(parsed));
        });
        agent.Subcommands.Add(CreateStatus());
        agent.Subcommands.Add(AgentBaselineCommand.Create());
        agent.Subcommands.Add(AgentTestAlertCommand.Create());
        return agent;
    }

    private static Command CreateStatus()
    {
        var options = new AgentConfigOptions();
        var status = new SkepCommand("status", "Shows what an agent that runs has stored, and what it has lost.", new(
            "docs/agent.md",
            new("skep agent status", "as text"),
            new("skep agent status -j", "as JSON"))
        {
            Failed = "failed, or no agent runs",
        });
        options.AddTo(status);
        status.Prints((parsed, form) => options.TryRead(parsed) is { } config ? Status(config, form) : ExitCode.Usage);
        return status;
    }

    private static int Run(AgentConfig config, AgentAlerts alerts, Func<AgentConfig?> readAgain)
    {
        if (!ProcessCapabilities.Read().Has(Capability.SysAdmin))
            return Message.Error("running the agent: not permitted (run it as root)", ExitCode.NotPermitted);
        // Before anything is opened: it may start again.
        string? unbound = Confinement.Confine(
            Capability.SysAdmin, Capability.Bpf, Capability.Perfmon, Capability.NetAdmin, Capability.SysPtrace, Capability.Syslog,
            Capability.SysResource, Capability.DacReadSearch, Capability.NetBindService, Capability.IpcLock);
        if (unbound is not null) Message.Print($"the agent keeps all of its capabilities: {unbound}");
        using AgentHost host = AgentHost.Start(config, alerts, SkepVersion.Number, Message.Print);
        using var signals = new StopSignals(_ => host.Stop(), endsOutput: false, onHangUp: () =>
        {
            Reload(host, readAgain);
            return true;
        });
        Message.Print($"watching (backend {host.Backend}); history in {config.StateDirectory}");
        if (host.Address is { } address)
        {
            // What is no terminal may be kept: the journal has no token.
            Message.Print(Terminal.IsError
                ? $"the page: {host.PageAddress}"
                : $"the page: {address}?token=TOKEN, with the token of {config.TokenPath}");
        }

        Message.Print(host.Run().Describe());
        return ExitCode.Done;
    }

    private static void Reload(AgentHost host, Func<AgentConfig?> readAgain)
    {
        AgentConfig? config = null;
        AgentAlerts? alerts = null;
        try
        {
            config = readAgain();
            alerts = config is null ? null : AlertFiles.TryRead(config);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            Message.Print(e.Message);
        }

        if (config is null || alerts is null)
        {
            Message.Print("the configuration is as it was");
            return;
        }

        IReadOnlyList<string> later = host.Reload(config, alerts);
        Message.Print(later.Count == 0
            ? "the configuration was read again"
            : $"the configuration was read again; {string.Join(", ", later)} will be used by the next agent (restart it)");
    }

    private static int Status(AgentConfig config, OutputForm form)
    {
        byte[]? status = AgentHost.IsRunning(config) ? PrivateFile.Read(config.StatusPath, 1 << 20) : null;
        if (status is null)
        {
            return Message.Error(
                $"reading {config.StatusPath}: no agent runs with this configuration (start it: skep agent)", ExitCode.Failed);
        }

        StandardOutput.Write(
            form,
            json => StatusText.WriteJson(json, status),
            text => text.Write(StatusText.Of(status)));
        return ExitCode.Done;
    }
}
