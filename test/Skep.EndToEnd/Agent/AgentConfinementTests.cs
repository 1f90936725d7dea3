using System.Globalization;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Agent;

/// <summary>What an agent can do at most, as the kernel has it of each of its threads.</summary>
public sealed class AgentConfinementTests
{
    // Of linux/capability.h: what docs/agent.md lists.
    private const ulong Kept =
        1UL << 2 | 1UL << 10 | 1UL << 12 | 1UL << 14 | 1UL << 19 | 1UL << 21 | 1UL << 24 | 1UL << 34 | 1UL << 38 | 1UL << 39;

    [Fact]
    public void No_thread_has_more_capabilities_than_it_needs_or_can_gain_one()
    {
        ulong own = Number(Status("/proc/self"), "CapBnd");
        using RunningAgent agent = new RunningAgent().Start();
        string[] tasks = Directory.GetDirectories($"/proc/{agent.Process.Id}/task");
        Assert.True(tasks.Length > 3, $"{tasks.Length} threads");
        foreach (Dictionary<string, string> task in tasks.Select(Status))
        {
            Assert.Equal(own & Kept, Number(task, "CapBnd"));
            Assert.Equal(own & Kept, Number(task, "CapEff"));
            Assert.Equal(own & Kept, Number(task, "CapPrm"));
            Assert.Equal(0UL, Number(task, "CapInh"));
            Assert.Equal("1", task["NoNewPrivs"]);
            Assert.Equal("2", task["Seccomp"]);
        }

        JsonNode confined = Assert.Single(agent.Lines("agent", "status"))["confined"]!;
        Assert.Equal(own & Kept, ulong.Parse((string)confined["capabilities"]!, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        Assert.True((bool)confined["no_new_privileges"]!);
        Assert.True((bool)confined["system_calls"]!);
    }

    [Fact]
    public void It_is_one_process_with_the_arguments_and_the_environment_that_it_was_started_with()
    {
        using RunningAgent agent = new RunningAgent().Start(("SKEP_TEST_MARK", "a b"));
        string directory = $"/proc/{agent.Process.Id}";
        Assert.Contains(agent.ConfigPath, File.ReadAllText($"{directory}/cmdline").Split('\0'));
        Assert.Contains("SKEP_TEST_MARK=a b", File.ReadAllText($"{directory}/environ").Split('\0'));
        JsonNode status = Assert.Single(agent.Lines("agent", "status"));
        Assert.Equal(agent.Process.Id, (int)status["pid"]!);
    }

    [Fact]
    public void A_command_of_an_alert_is_bound_as_well_and_is_denied_the_same_calls()
    {
        using var agent = new RunningAgent();
        string result = agent.FileOf("result"), script = agent.FileOf("command");
        File.WriteAllText(script, $"""
            #!/bin/sh
            exec >{result}.new 2>&1
            grep -E '^(CapBnd|NoNewPrivs|Seccomp):' /proc/self/status
            chroot / /bin/true || echo "chroot refused"
            mv {result}.new {result}
            """);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(agent.AlertsDirectory, "a.toml"), $"""
            [[rule]]
            action = "alert"
            on = "prog_load"
            prog_name = "skep_confined"

            [[target]]
            name = "script"
            command = ["{script}"]
            """);
        agent.Start();
        using var link = new AttachedProgram("skep_confined");
        Tool.Until(() => File.Exists(result), "the command has run");
        string printed = File.ReadAllText(result);
        Assert.Contains("chroot refused", printed, StringComparison.Ordinal);
        Assert.Contains("NoNewPrivs:\t1", printed, StringComparison.Ordinal);
        Assert.Contains("Seccomp:\t2", printed, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Status(string directory) =>
        File.ReadLines(Path.Combine(directory, "status")).Select(line => line.Split(':', 2))
            .ToDictionary(pair => pair[0], pair => pair[1].Trim());

    private static ulong Number(Dictionary<string, string> status, string key) =>
        ulong.Parse(status[key], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
