using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>The agent as the unit of packaging/systemd runs it, below systemd.</summary>
[Trait("level", "machine")]
public sealed partial class SystemdAgentTests(SystemdAgentTests.Service service) : IClassFixture<SystemdAgentTests.Service>
{
    [Fact]
    public void It_watches_with_what_the_unit_leaves_it()
    {
        Assert.Equal("active", service.Property("ActiveState"));
        JsonNode status = JsonNode.Parse(Tool.Run("skep", "agent", "status", "-j"))!;
        Assert.Equal(service.Property("MainPID"), status["pid"]!.ToString());
        Tool.Run("systemctl", "restart", "devices.service");
        Tool.Until(
            () => Tool.Run("skep", "history", "programs", "--type", "cgroup_device", "--comm", "systemd", "-j").Length > 0,
            "what systemd loads is stored");
        Tool.Until(
            () => Tool.Run("skep", "history", "attachments", "--type", "cgroup_device", "-j")
                .Contains("devices.service", StringComparison.Ordinal),
            "where it is attached is stored");

        // What the unit forbids would be named here.
        Assert.DoesNotMatch(Refused(), Tool.Run("journalctl", "-u", "skep.service", "--no-pager"));
    }

    [Fact]
    public void A_kill_is_followed_by_another_that_says_so()
    {
        string before = service.Property("MainPID");
        Tool.Run("systemctl", "kill", "-s", "KILL", "skep.service");
        Tool.Until(
            () => service.Property("ActiveState") == "active" && service.Property("MainPID") is var now && now != before && now != "0",
            "it is started again");
        Assert.Contains("the one before did not end by itself", Tool.Run("journalctl", "-u", "skep.service", "--no-pager"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_reloaded_and_stopped()
    {
        Tool.Run("systemctl", "reload", "skep.service");
        Assert.Equal("active", service.Property("ActiveState"));
        Tool.Run("systemctl", "stop", "skep.service");
        Assert.Equal(("inactive", "success"), (service.Property("ActiveState"), service.Property("Result")));
        Tool.Run("systemctl", "start", "skep.service");
        Assert.Equal("active", service.Property("ActiveState"));
    }

    [Fact]
    public void Its_exposure_is_low()
    {
        Match level = Exposure().Match(Tool.Run("systemd-analyze", "security", "skep.service", "--no-pager"));
        Assert.InRange(double.Parse(level.Groups[1].Value, CultureInfo.InvariantCulture), 0, 3);
    }

    [GeneratedRegex("Operation not permitted|Read-only file system|not permitted|Bad system call")]
    private static partial Regex Refused();

    [GeneratedRegex(@"exposure level for skep\.service: ([\d.]+)")]
    private static partial Regex Exposure();

    /// <summary>Installs the unit, as a package does, and starts it.</summary>
    public sealed class Service : IDisposable
    {
        public Service()
        {
            File.Copy(Repository.File("packaging/systemd/skep.service"), "/etc/systemd/system/skep.service", overwrite: true);
            if (!File.Exists("/usr/bin/skep")) File.CreateSymbolicLink("/usr/bin/skep", SkepBinary.Path);
            Tool.Run("systemctl", "daemon-reload");
            Tool.Run("systemctl", "start", "skep.service");
        }

        public string Property(string name) => Tool.Run("systemctl", "show", "-P", name, "skep.service").Trim();

        public void Dispose()
        {
            Tool.Run("systemctl", "stop", "skep.service");
            File.Delete("/etc/systemd/system/skep.service");
        }
    }
}
