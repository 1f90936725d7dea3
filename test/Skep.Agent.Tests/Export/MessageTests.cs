using System.Text;
using Skep.Agent.Export.Fields;
using Skep.Agent.Export.Syslog;

namespace Skep.Agent.Tests.Export;

/// <summary>Events as syslog, the journal and ECS have them.</summary>
public sealed class MessageTests
{
    private const string Json = """
        {"time":"2026-11-29T17:43:40.646487907Z","seq":1,"cmd":"prog_load","pid":7,"comm":"a\"]\\b\nc","argv":["x","y z"],"uid":0,
        "ret":-1,"error":"EPERM","prog":{"type":"xdp","name":"f","id":9,"findings":[{"name":"n","slots":[1,2]}]},
        "attr":{"flags":1.5,"on":true}}
        """;

    private static readonly FlatEvent Event = FlatEvent.Of(Encoding.UTF8.GetBytes(Json));

    [Fact]
    public void Keys_within_keys_are_joined()
    {
        Assert.Equal(1_795_974_220_646_487_907, Event.TimeNs);
        Assert.Equal("f", Event.Text("prog.name"));
        Assert.Equal("-1", Event.Text("ret"));
        Assert.Equal("1.5", Event.Text("attr.flags"));
        Assert.Equal("true", Event.Text("attr.on"));
        Assert.Equal("a\"]\\b\nc[7] prog_load xdp f prog id 9: EPERM", Event.Summary);
        var list = Assert.IsType<FieldValue.OfList>(Event.Fields.Single(field => field.Name == "prog.findings").Value);
        Assert.Equal("n", FlatEvent.TextOf(Assert.IsType<FieldValue.OfFields>(list.Values[0]).Fields[0].Value));
    }

    [Fact]
    public void An_alert_says_its_rule()
    {
        FlatEvent alert = FlatEvent.Of("""
            {"time":"2026-11-29T17:43:40.646487907Z","rule":"new-program","severity":"critical","text":"prog_load of xdp program f",
            "event":{"cmd":"prog_load","error":"EPERM"}}
            """u8);
        Assert.Equal(("alert", "new-program: prog_load of xdp program f"), (alert.Name, alert.Summary));
        Assert.Equal((true, false, "prog_load"), (alert.IsWarning, alert.HasFailed, alert.Text("event.cmd")));
        Assert.StartsWith("<28>1 ", Encoding.UTF8.GetString(new SyslogMessage("a", 5, 3).Encode(alert)), StringComparison.Ordinal);
    }

    [Fact]
    public void Syslog_has_them_as_structured_data()
    {
        string message = Encoding.UTF8.GetString(new SyslogMessage("a host", 5, 3).Encode(Event));
        Assert.StartsWith("<28>1 2026-11-29T17:43:40.646487Z a_host skep 5 prog_load [skep@32473 seq=\"1\" cmd=\"prog_load\" pid=\"7\" "
            + "comm=\"a\\\"\\]\\\\b c\" argv=\"x y z\" uid=\"0\"", message, StringComparison.Ordinal);
        Assert.Contains(" prog.id=\"9\"", message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain("findings", message, StringComparison.Ordinal);
        Assert.EndsWith(": EPERM", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_journal_has_them_as_fields()
    {
        byte[] message = new JournalMessage(3).Encode(Event);
        string text = Encoding.UTF8.GetString(message);
        Assert.Contains("\nPRIORITY=4\nSYSLOG_IDENTIFIER=skep\nSYSLOG_FACILITY=3\n", text, StringComparison.Ordinal);
        Assert.Contains("\nSKEP_CMD=prog_load\n", text, StringComparison.Ordinal);
        Assert.Contains("\nSKEP_ARGV=x\nSKEP_ARGV=y z\n", text, StringComparison.Ordinal);
        Assert.Contains("\nSKEP_PROG_FINDINGS_SLOTS=1\n", text, StringComparison.Ordinal);
        // A value with a line feed has its length before it.
        Assert.Contains("\nSKEP_COMM\n\u0007\0\0\0\0\0\0\0a\"]\\b\nc\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Ecs_has_them_under_its_names()
    {
        Dictionary<string, string?> fields = EcsFields.Of(Event)
            .ToDictionary(field => field.Name, field => FlatEvent.TextOf(field.Value));
        Assert.Equal("prog_load", fields["event.action"]);
        Assert.Equal("failure", fields["event.outcome"]);
        Assert.Equal("EPERM", fields["error.code"]);
        Assert.Equal("7", fields["process.pid"]);
        Assert.Equal("xdp", fields["skep.prog.type"]);
    }
}
