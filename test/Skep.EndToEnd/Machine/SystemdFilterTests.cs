using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Packet filters at boot: test/vm/systemd.sh enables the unit, with a table for the loopback device.</summary>
[Trait("level", "machine")]
public sealed partial class SystemdFilterTests(SystemdFilterTests.Boot boot) : IClassFixture<SystemdFilterTests.Boot>
{
    private const string Unit = "skep-filter.service", Rules = "/etc/skep/filter.d/boot.skep";

    [Fact]
    public void The_rules_are_there_before_the_network()
    {
        Assert.Equal("active", boot.State);
        Assert.InRange(boot.AppliedAt, 1, boot.NetworkAt);
        Assert.Equal(Rules, (string?)boot.Table["source"]);
        Assert.Equal("lo", (string?)boot.Table["devices"]![0]!["device"]);
        Assert.Contains($"id {boot.Table["devices"]![0]!["prog_id"]}", boot.Device, StringComparison.Ordinal);
        Assert.DoesNotMatch(Refused(), boot.Journal);
    }

    [Fact]
    public void A_reload_applies_what_checks_and_leaves_the_rules_where_a_file_does_not()
    {
        string text = File.ReadAllText(Rules);
        try
        {
            File.WriteAllText(Rules, text.Replace("dport 9 ", "dport 10 ", StringComparison.Ordinal));
            Tool.Run("systemctl", "reload", Unit);
            Assert.Contains("udp dport 10 drop", Tool.Run("skep", "filter", "show", "boot"), StringComparison.Ordinal);
            File.WriteAllText(Rules, "table boot { devices = { lo }\n udp dport 99999 drop }");
            Assert.NotEqual(0, Tool.Try("systemctl", "reload", Unit).Code);
            Assert.Contains("udp dport 10 drop", Tool.Run("skep", "filter", "show", "boot"), StringComparison.Ordinal);

            // As a boot with that file: the copy of what was applied last.
            Tool.Run("skep", "filter", "remove", "boot");
            Tool.Try("systemctl", "restart", Unit);
            Assert.Contains("udp dport 10 drop", Tool.Run("skep", "filter", "show", "boot"), StringComparison.Ordinal);
            Assert.Contains("which were applied last, are attached instead", Tool.Run("journalctl", "-u", Unit, "--no-pager"),
                StringComparison.Ordinal);
        }
        finally
        {
            File.WriteAllText(Rules, text);
            Tool.Run("systemctl", "restart", Unit);
        }

        Tool.Run("systemctl", "stop", Unit);
        Assert.Contains("udp dport 9 drop", Tool.Run("skep", "filter", "show", "boot"), StringComparison.Ordinal);
        Tool.Run("systemctl", "start", Unit);
    }

    [Fact]
    public void Its_exposure_is_low()
    {
        Match level = Exposure().Match(Tool.Run("systemd-analyze", "security", Unit, "--no-pager"));
        Assert.InRange(double.Parse(level.Groups[1].Value, CultureInfo.InvariantCulture), 0, 3);
    }

    private static string Property(string unit, string name) => Tool.Run("systemctl", "show", "-P", name, unit).Trim();

    [GeneratedRegex("Operation not permitted|Read-only file system|not permitted|Bad system call")]
    private static partial Regex Refused();

    [GeneratedRegex(@"exposure level for skep-filter\.service: ([\d.]+)")]
    private static partial Regex Exposure();

    /// <summary>What the boot left, before any test changed it.</summary>
    public sealed class Boot
    {
        public string State { get; } = Property(Unit, "ActiveState");

        public long AppliedAt { get; } = MicrosecondsOf(Unit);

        public long NetworkAt { get; } = MicrosecondsOf("network-pre.target");

        public JsonNode Table { get; } = JsonNode.Parse(Tool.Run("skep", "filter", "show", "boot", "-j"))!;

        public string Device { get; } = Tool.Run("ip", "link", "show", "lo");

        public string Journal { get; } = Tool.Run("journalctl", "-u", Unit, "--no-pager");

        private static long MicrosecondsOf(string unit) =>
            long.Parse(Property(unit, "ActiveEnterTimestampMonotonic"), CultureInfo.InvariantCulture);
    }
}
