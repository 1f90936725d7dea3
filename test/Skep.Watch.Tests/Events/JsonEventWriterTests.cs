using System.Text;
using System.Text.Json;
using CsCheck;
using Skep.Linux.Containers;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Events;

public sealed class JsonEventWriterTests
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    [Fact]
    public void A_call_and_its_program_have_these_keys()
    {
        JsonElement e = Parse(SampleEvents.Load, withInsns: true);
        Assert.Equal(
            ["time", "seq", "syscall", "cmd", "pid", "tid", "ppid", "uid", "comm", "exe", "cgroup", "unit", "container", "netns", "ret",
                "error", "duration_ns", "tier", "note", "prog", "attr", "attr_bytes"],
            Keys(e));
        Assert.Equal(
            ["id", "type", "name", "tag", "sha256", "insn_cnt", "gpl_compatible", "license", "expected_attach_type", "attach_btf_id",
                "attach_func", "map_ids", "log_level", "log", "log_skipped",
             "verified_insns", "bytes_xlated", "capture", "capture_reason", "insns"],
            Keys(e.GetProperty("prog")));
        Assert.Equal("2023-11-14T22:13:20.123456789Z", e.GetProperty("time").GetString());
        Assert.Equal("EACCES", e.GetProperty("error").GetString());
        Assert.Equal(-13, e.GetProperty("ret").GetInt32());
        Assert.Equal("consistent", e.GetProperty("prog").GetProperty("capture").GetString());
        Assert.Equal("0102", e.GetProperty("attr_bytes").GetString());
    }

    [Fact]
    public void Who_made_it_and_where_has_these_keys()
    {
        var outer = new ContainerIdentity("outer", new ContainerNames("host"), null, null);
        BpfEvent e = SampleEvents.Load with
        {
            Host = "machine",
            Process = SampleEvents.Process with { ParentComm = "bash", LoginUid = 7, InContainer = SampleEvents.Container },
        };
        JsonElement parsed = Parse(e);
        Assert.Equal(["time", "seq", "host", "syscall", "cmd", "pid", "tid", "ppid", "parent", "uid", "loginuid", "comm", "exe", "cgroup",
            "unit", "container", "container_name", "pod", "pod_namespace", "netns"], Keys(parsed)[..20]);
        Assert.Equal("""{"pid":1,"comm":"bash"}""", parsed.GetProperty("parent").GetRawText());
        JsonElement nested = Parse(e with
        {
            Process = e.Process with { InContainer = SampleEvents.Container with { Names = null, Doubt = "why", Outer = outer } },
        });
        Assert.Equal("why", nested.GetProperty("container_reason").GetString());
        Assert.Equal("""{"container":"outer","container_name":"host"}""", nested.GetProperty("container_outer").GetRawText());
    }

    [Fact]
    public void Findings_are_objects()
    {
        ProgramDetails found = SampleEvents.Load.Program! with { Findings = [new ProgramFinding("reads-memory", "reads", [3, 4])] };
        Assert.Equal("""[{"name":"reads-memory","text":"reads","insns":[3,4]}]""",
            Parse(SampleEvents.Load with { Program = found }).GetProperty("prog").GetProperty("findings").GetRawText());
        Assert.Equal("[]", Parse(SampleEvents.Load with { Program = found with { Findings = [] } }).GetProperty("prog")
            .GetProperty("findings").GetRawText());
        Assert.Equal("too large", Parse(SampleEvents.Load with { Program = found with { Findings = null, NotExplained = "too large" } })
            .GetProperty("prog").GetProperty("findings_reason").GetString());
    }

    [Fact]
    public void Maps_links_and_attaches_have_these_keys()
    {
        JsonElement map = Parse(SampleEvents.Map);
        Assert.Equal(["id", "type", "name", "bytes_key", "bytes_value", "max_entries", "flags", "btf_id", "inner_map_id"],
            Keys(map.GetProperty("map")));
        Assert.Equal(["key", "value"], Keys(map)[^2..]);
        Assert.Equal(9, map.GetProperty("count").GetInt32());
        JsonElement link = Parse(SampleEvents.Link);
        Assert.Equal(["time", "seq", "syscall", "cmd", "pid", "tid", "uid", "comm", "tier", "link", "btf"], Keys(link));
        Assert.Equal(["id", "type", "prog_id", "attach_type", "target"], Keys(link.GetProperty("link")));
        Assert.Equal(["id", "size", "log_level", "log"], Keys(link.GetProperty("btf")));
        Assert.Equal(
            ["how", "attach_type", "target", "prog_id", "replaced_prog_id", "detach", "flags", "sha256", "insn_cnt", "capture",
                "capture_reason", "insns"],
            Keys(Parse(SampleEvents.Attach, withInsns: true).GetProperty("attach")));
    }

    [Fact]
    public void Instructions_are_their_bytes_in_memory_order()
    {
        JsonElement insns = Parse(SampleEvents.Load, withInsns: true).GetProperty("prog").GetProperty("insns");
        Assert.Equal(["b700000034120000", "9500000000000000"], insns.EnumerateArray().Select(i => i.GetString()!));
        Assert.Equal(Convert.ToHexStringLower(SampleEvents.Code), string.Concat(insns.EnumerateArray().Select(i => i.GetString())));
        Assert.False(Parse(SampleEvents.Load).GetProperty("prog").TryGetProperty("insns", out _));
    }

    [Theory]
    [InlineData(0x20000000000000ul, "9007199254740992")]
    [InlineData(0x20000000000001ul, "\"9007199254740993\"")]
    [InlineData(ulong.MaxValue, "\"18446744073709551615\"")]
    [InlineData(7ul, "7")]
    public void Numbers_that_a_double_cannot_hold_are_strings(ulong number, string json)
    {
        BpfEvent e = SampleEvents.Load with { Attr = [new AttrField("cookie", AttrKind.Unsigned, number)], Count = (number, number) };
        JsonElement parsed = Parse(e);
        Assert.Equal(json, parsed.GetProperty("attr").GetProperty("cookie").GetRawText());
        Assert.Equal(json, parsed.GetProperty("count").GetRawText());
        Assert.Equal(json, parsed.GetProperty("errors").GetRawText());
    }

    [Theory]
    [InlineData(long.MaxValue, "\"9223372036854775807\"")]
    [InlineData(long.MinValue, "\"-9223372036854775808\"")]
    [InlineData(-4095L, "-4095")]
    public void Results_that_a_double_cannot_hold_are_strings(long number, string json) =>
        Assert.Equal(json, Parse(SampleEvents.Load with { Return = number }).GetProperty("ret").GetRawText());

    [Fact]
    public void Attributes_are_by_their_kind()
    {
        JsonElement attr = Parse(SampleEvents.Load).GetProperty("attr");
        Assert.Equal("6", attr.GetProperty("prog_type").GetRawText());
        Assert.Equal("-1", attr.GetProperty("prog_btf_fd").GetRawText());
        Assert.Equal("0xffff800012345678", attr.GetProperty("insns").GetString());
        Assert.Equal("GPL", attr.GetProperty("license").GetString());
    }

    [Fact]
    public void An_event_is_a_line()
    {
        string text = Write(withInsns: true, pretty: false, SampleEvents.Load, SampleEvents.Map, SampleEvents.Link, SampleEvents.Attach);
        string[] lines = text.Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.Equal("", lines[4]);
        Assert.All(lines[..4], line => JsonDocument.Parse(line, Strict));
        Assert.Contains("\n  \"seq\": 5", Write(withInsns: false, pretty: true, SampleEvents.Load));
    }

    [Fact]
    public void Any_string_comes_back_as_it_was_and_harms_no_terminal() => Gen.String.Sample(text =>
    {
        string json = Write(withInsns: false, pretty: false, SampleEvents.Named(text));
        Assert.DoesNotContain(json.TrimEnd('\n'), c => char.IsControl(c) || c > '~');
        using JsonDocument document = JsonDocument.Parse(json, Strict);

        // Halves of surrogate pairs have no UTF-8.
        string whole = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        Assert.Equal(whole, document.RootElement.GetProperty("comm").GetString());
        Assert.Equal(whole, document.RootElement.GetProperty("prog").GetProperty("log").GetString());
    });

    [Fact]
    public void Nothing_is_held_back_beyond_a_flush()
    {
        using var stream = new MemoryStream();
        using var writer = new JsonEventWriter(stream, withInsns: false);
        writer.Flush();
        Assert.Equal(0, stream.Length);
        writer.Write(SampleEvents.Map);
        writer.Flush();
        long first = stream.Length;
        writer.Flush();
        Assert.Equal(first, stream.Length);
        for (int i = 0; i < 1000; i++) writer.Write(SampleEvents.Map);
        Assert.True(stream.Length > first);
        writer.Flush();
        Assert.Equal(first * 1001, stream.Length);
    }

    private static string[] Keys(JsonElement e) => [.. e.EnumerateObject().Select(p => p.Name)];

    private static JsonElement Parse(BpfEvent e, bool withInsns = false) =>
        JsonDocument.Parse(Write(withInsns, pretty: false, e), Strict).RootElement;

    private static string Write(bool withInsns, bool pretty, params BpfEvent[] events)
    {
        using var stream = new MemoryStream();
        using var writer = new JsonEventWriter(stream, withInsns, pretty);
        foreach (BpfEvent e in events) writer.Write(e);
        writer.Flush();
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
