using System.Text;
using CsCheck;
using Skep.Agent.Alerts.Rules;
using Skep.Filter.Syntax;
using Skep.Guard.Model;

namespace Skep.Agent.Tests.Alerts;

public sealed class AlertFileTests
{
    [Fact]
    public void A_file_is_read_whole()
    {
        AlertFile file = Read("""
            [[rule]]
            name = "known"
            action = "allow"
            on = "prog_load"
            new = false

            [[rule]]
            action = "alert"
            on = ["prog_load", "attach"]
            prog_type = ["xdp", "kprobe"]
            not_unit = "systemd-networkd.service"
            message = "xdp by hand"
            severity = "critical"
            to = ["ops"]
            every = "1h"

            [[rule]]
            name = "busy"
            action = "alert"
            on = "usage"
            prog_name = "my_*"
            cpu_percent_above = 2.5
            events_per_second_above = 1000

            [[rule]]
            name = "flood"
            action = "alert"
            on = "filter"
            filter_table = "edge"
            filter_rule = ["1", "2"]
            packets_per_second_above = 5e4

            [[target]]
            name = "ops"
            webhook = "https://example.com/a"
            ca_file = "/etc/skep/ca.pem"
            secret_file = "/etc/skep/secret"

            [[target]]
            name = "run"
            command = ["/bin/logger", "-t", "skep"]
            """);
        Assert.Empty(file.Diagnostics);
        Assert.Equal(["known", "a:7", "busy", "flood"], file.Rules.Select(rule => rule.Name));
        Assert.Equal(
            [AlertSource.Events, AlertSource.Events, AlertSource.Usage, AlertSource.Filter], file.Rules.Select(rule => rule.Source));
        AlertRule second = file.Rules[1];
        Assert.Equal(
            (GuardAction.Alert, GuardOperations.ProgLoad | GuardOperations.Attach), (second.Match.Action, second.Match.Operations));
        Assert.Equal(["prog_type", "not_unit"], second.Match.Conditions.Select(condition => condition.Key));
        Assert.Equal((AlertSeverity.Critical, TimeSpan.FromHours(1), "xdp by hand"),
            (second.Severity, second.Every, second.Match.Message));
        Assert.Equal(["ops"], second.To!);
        Assert.Equal([new("cpu_percent_above", 2.5), new("events_per_second_above", 1000)], file.Rules[2].Thresholds);
        Assert.Equal(["1", "2"], file.Rules[3].FilterRules);
        Assert.Equal(new WebhookTarget("ops", new Uri("https://example.com/a"), "/etc/skep/secret", "/etc/skep/ca.pem"), file.Targets[0]);
        Assert.Equal(["/bin/logger", "-t", "skep"], Assert.IsType<CommandTarget>(file.Targets[1]).Arguments);
        Assert.NotNull(AlertSet.Join([file], out _));
    }

    [Theory]
    [InlineData("[[rule]]\non = \"prog_load\"", 1, "the rule has no action")]
    [InlineData("[[rule]]\naction = \"deny\"", 2, "alerts deny nothing")]
    [InlineData("[[rule]]\naction = \"alert\"\non = \"prog_lod\"", 3, "there is no operation prog_lod")]
    [InlineData("[[rule]]\naction = \"alert\"\nhelper = \"send_singal\"", 3, "there is no helper")]
    [InlineData("[[rule]]\naction = \"alert\"\ncapability = \"CAP_BPF\"", 3, "capability is not recorded")]
    [InlineData("[[rule]]\naction = \"alert\"\non = \"map_create\"\nnew = true", 4, "new is known at prog_load")]
    [InlineData("[[rule]]\naction = \"alert\"\nnew = 1", 3, "new takes true or false")]
    [InlineData("[[rule]]\naction = \"alert\"\non = \"usage\"", 1, "the rule on usage has no threshold")]
    [InlineData("[[rule]]\naction = \"alert\"\non = \"filter\"\ncpu_percent_above = 1", 4, "cpu_percent_above is of rules on usage")]
    [InlineData("[[rule]]\naction = \"alert\"\non = \"usage\"\ncpu_percent_above = -1", 4, "takes a number that is not negative")]
    [InlineData("[[rule]]\naction = \"alert\"\non = \"usage\"\ncpu_percent_above = nan", 4, "takes a number that is not negative")]
    [InlineData("[[rule]]\naction = \"alert\"\non = \"usage\"\ncpu_percent_above = 1\nunit = \"a\"", 5, "unit is not known of what runs")]
    [InlineData("[[rule]]\naction = \"alert\"\nfilter_table = \"edge\"", 3, "filter_table is of rules on filter")]
    [InlineData("[[rule]]\naction = \"alert\"\nevery = \"8d\"", 3, "every takes a time from 1s")]
    [InlineData("[[rule]]\naction = \"alert\"\nseverity = \"high\"", 3, "severity is info, warning or critical, not high")]
    [InlineData("[[rule]]\naction = \"alert\"\nname = \"a b\"", 3, "a name has letters")]
    [InlineData("[[rule]]\naction = \"alert\"\nsevrity = \"info\"", 3, "[[rule]] has no key sevrity")]
    [InlineData("[[target]]\nname = \"x\"", 1, "target x has no way to send")]
    [InlineData("[[target]]\ncommand = \"/bin/true\"", 1, "the target has no name")]
    [InlineData("[[target]]\nname = \"x\"\ncommand = \"true\"", 3, "true is no absolute path")]
    [InlineData("[[target]]\nname = \"x\"\nwebhook = \"ftp://a\"", 3, "webhook takes an address")]
    [InlineData("[[target]]\nname = \"x\"\nwebhook = \"http://a\"\ncommand = \"/bin/true\"", 1, "two ways to send")]
    [InlineData("[[target]]\nname = \"x\"\ncommand = \"/bin/true\"\nsecret_file = \"/x\"", 4, "secret_file is of a webhook")]
    [InlineData("[[target]]\nname = \"x\"\nwebhook = \"http://a\"\nca_file = \"/x\"", 4, "ca_file is of a webhook by https")]
    [InlineData("[policy]\nname = \"x\"", 1, "[policy] is of a policy of guard")]
    [InlineData("[rule]\naction = \"alert\"", 1, "a rule is [[rule]]")]
    [InlineData("name = 1", 1, "name stands before any table")]
    public void A_fault_is_named_at_its_place(string text, int line, string message)
    {
        AlertFile file = Read(text);
        Diagnostic first = file.Diagnostics[0];
        Assert.Contains(message, first.Message, StringComparison.Ordinal);
        Assert.Equal(line, file.Source.PositionOf(first.Span.Start).Line);
        Assert.Empty(file.Rules);
        Assert.Null(AlertSet.Join([file], out _));
    }

    [Fact]
    public void Names_are_of_one_rule_and_targets_have_to_be_there()
    {
        AlertFile one = Read(
            "[[rule]]\nname = \"x\"\naction = \"alert\"\nto = \"opps\"\n[[target]]\nname = \"ops\"\ncommand = \"/bin/true\"");
        AlertFile two = Read("\n[[rule]]\nname = \"x\"\naction = \"alert\"");
        Assert.Null(AlertSet.Join([one, two], out IReadOnlyList<Diagnostic> found));
        Assert.Equal(["a rule x is in a.toml:2 already", "there is no target opps"], found.Select(d => d.Message));
        Assert.Equal("did you mean ops?", found[1].Suggestion);
    }

    [Fact]
    public void No_bytes_make_it_throw() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        AlertFile.Read("a.toml", bytes);
        AlertFile.Read("a.toml", [.. "[[rule]]\naction = \"alert\"\n"u8, .. bytes]);
        AlertFile.Read("a.toml", [.. "[[target]]\nname = "u8, .. bytes]);
    });

    private static AlertFile Read(string text) => AlertFile.Read("a.toml", Encoding.UTF8.GetBytes(text));
}
