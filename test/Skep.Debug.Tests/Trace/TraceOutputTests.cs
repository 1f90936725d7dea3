using System.Text;
using System.Text.Json;
using Skep.Debug.Layouts;
using Skep.Debug.Trace;
using Skep.Linux.Kernel;
using Skep.Output;
using Skep.Packets.Captures;

namespace Skep.Debug.Tests.Trace;

/// <summary>What is printed of calls, from the records of the kernel side on.</summary>
public sealed class TraceOutputTests
{
    private const string Before = "udp 10.0.0.1:5 > 10.0.0.2:53", After = "udp 10.0.0.1:5 > 10.0.0.9:53";

    [Fact]
    public void A_call_of_xdp_is_a_line_with_its_packet_and_what_became_of_it()
    {
        string[] lines = Text(TraceFixture.Call(Before, After, 2));
        Assert.Matches(
            @"^\d\d:\d\d:\d\d\.\d{6} \[002\] worker 10 1500 ns entry\(eth7: udp 10\.0\.0\.1:5 > 10\.0\.0\.2:53 length 58\) = XDP_PASS$",
            lines[0]);
        Assert.Equal("    leaves as udp 10.0.0.1:5 > 10.0.0.9:53 length 58", lines[1]);
        Assert.Contains("    offset 33: 02 -> 09", lines);
    }

    [Fact]
    public void A_packet_that_did_not_change_is_shown_once()
    {
        string line = Assert.Single(Text(TraceFixture.Call(Before, Before, 1)));
        Assert.EndsWith("= XDP_DROP", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_and_results_are_of_their_types()
    {
        var reader = new CallReader([TraceFixture.Target("entry", "helper")], 0);
        TracedRecord exit = TraceFixture.Head(TraceKind.Exit, 0xffff_fffe, 0xffff_8880_0000_1000, 7, 0xff, 0x1234);
        exit.Packet.Length = 60;
        TraceCall call = reader.Read(TraceFixture.Record(exit, new byte[60])).Call!;
        Assert.Contains("color=GREEN, step=", Text(call)[0], StringComparison.Ordinal);
        Assert.EndsWith("at=0x1234) = -2", Text(call)[0], StringComparison.Ordinal);
        JsonElement json = Json(call);
        Assert.Equal(("GREEN", -2L), (json.GetProperty("args").GetProperty("color").GetString(), json.GetProperty("result").GetInt64()));
    }

    [Fact]
    public void Json_has_the_packet_before_and_after()
    {
        JsonElement json = Json(TraceFixture.Call(Before, After, 3));
        Assert.Equal(
            ("call", 2, "entry", 1500L, "XDP_TX", "eth7", 3),
            (json.GetProperty("event").GetString(), json.GetProperty("cpu").GetInt32(), json.GetProperty("function").GetString(),
                json.GetProperty("duration_ns").GetInt64(), json.GetProperty("result_name").GetString(),
                json.GetProperty("device").GetString(), json.GetProperty("rx_queue").GetInt32()));
        Assert.Equal(Convert.ToHexStringLower(TraceFixture.Packet(Before)), json.GetProperty("packet").GetProperty("data").GetString());
        Assert.Equal(
            Convert.ToHexStringLower(TraceFixture.Packet(After)), json.GetProperty("packet_after").GetProperty("data").GetString());
    }

    [Fact]
    public void A_capture_has_both_packets_and_the_verdict()
    {
        using var file = new MemoryStream();
        var writer = new TraceCaptureWriter(file);
        writer.Write(TraceFixture.Call(Before, After, 1));
        writer.Flush();
        file.Position = 0;
        CaptureReader reader = CaptureReader.Open(file);
        CapturedPacket first = reader.Next()!, second = reader.Next()!;
        Assert.Null(reader.Next());
        Assert.Null(reader.Error);
        Assert.Equal(TraceFixture.Packet(Before), first.Bytes);
        Assert.Equal(TraceFixture.Packet(After), second.Bytes);
        Assert.Equal(("before: entry = XDP_DROP, 1500 ns", "after: entry = XDP_DROP"), (first.Comment, second.Comment));
        Assert.Equal(1500UL, second.Nanoseconds - first.Nanoseconds);
    }

    [Fact]
    public void Text_of_the_program_is_made_safe()
    {
        var reader = new CallReader([TraceFixture.Target("entry")], 0);
        byte[] record = TraceFixture.Record(TraceFixture.Head(TraceKind.Print), Encoding.UTF8.GetBytes("a\e[31m b\n"));
        TracePrint print = reader.Read(record).Print!;
        Assert.Equal("a\e[31m b", print.Text);
        using var output = new MemoryStream();
        var writer = new TraceTextWriter(output, null);
        writer.Write(print);
        writer.Flush();
        string text = Encoding.UTF8.GetString(output.ToArray());
        Assert.DoesNotContain('\e', text);
        Assert.Contains("worker 10 printk: a", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stack_is_shown_without_the_frames_of_the_trace()
    {
        var symbols = new KernelSymbols([
            "1000 t bpf_prog_0011223344556677_skep_leave\t[bpf]", "2000 t bpf_trampoline_77\t[bpf]",
            "3000 t bpf_prog_aabbccddeeff0011_entry\t[bpf]", "4000 T veth_xdp_rcv_skb",
        ]);
        var reader = new CallReader([TraceFixture.Target("entry")], 256);
        byte[] record = TraceFixture.Record(TraceFixture.Head(TraceKind.Exit), [], 256, 0x1010, 0x2040, 0x3009, 0x4123);
        string[] lines = Text(reader.Read(record).Call!, symbols);
        Assert.Equal(["    bpf_prog_aabbccddeeff0011_entry+0x9", "    veth_xdp_rcv_skb+0x123"], lines[1..]);
    }

    [Fact]
    public void A_histogram_goes_from_the_first_to_the_last_slot()
    {
        ulong[] counts = new ulong[64];
        (counts[0], counts[2], counts[3]) = (1, 4, 2);
        string[] lines = [.. TraceHistogram.Lines(counts)];
        Assert.Equal(
            [
                "     nsecs               : count    distribution",
                "         0 -> 1          : 1        |**********                              |",
                "         2 -> 3          : 0        |                                        |",
                "         4 -> 7          : 4        |****************************************|",
                "         8 -> 15         : 2        |********************                    |",
            ],
            lines);
        Assert.Empty(TraceHistogram.Lines(new ulong[64]));
        Assert.Equal((1UL << 63, ulong.MaxValue), TraceHistogram.Bounds(63));
    }

    [Theory]
    [InlineData("result == XDP_DROP", true)]
    [InlineData("result == XDP_PASS", false)]
    [InlineData("result == XDP_DROP && length == 58 && duration > 1000", true)]
    [InlineData("cpu == 2 && pid == 10 && tid == 11", true)]
    [InlineData("comm == \"worker\"", true)]
    [InlineData("comm == \"work\" || comm == \"er\"", false)]
    [InlineData("comm != \"nobody\"", true)]
    [InlineData("arg0 == ctx && ctx != 0", true)]
    [InlineData("1 / (cpu - 2)", false)]
    public void A_filter_takes_calls(string text, bool takes)
    {
        Assert.True(TraceFilter.TryParse(text, [TraceFixture.Target("entry")], out TraceFilter? filter, out string? mistake), mistake);
        Assert.Equal(takes, filter.Takes(TraceFixture.Call(Before, Before, 1)));
    }

    [Theory]
    [InlineData("r1 == 2", "a number or a name is expected at 'r1 == 2'")]
    [InlineData("*(u32 *)arg0", "a number or a name")]
    [InlineData("result == XDP_NOPE", "at 'XDP_NOPE'")]
    [InlineData("comm == \"a", "text that ends with a quote")]
    [InlineData("duration >", "ends where")]
    public void A_filter_that_is_none_is_refused(string text, string mistake)
    {
        Assert.False(TraceFilter.TryParse(text, [TraceFixture.Target("entry")], out _, out string? found));
        Assert.Contains(mistake, found, StringComparison.Ordinal);
    }

    [Fact]
    public void Functions_that_a_program_does_not_have_are_refused_with_those_that_it_has()
    {
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => TraceFixture.Target("entry", "other"));
        Assert.Contains("it has entry, helper", e.Message, StringComparison.Ordinal);
        NotSupportedException without = Assert.Throws<NotSupportedException>(
            () => TraceTarget.OfProgram(TraceFixture.Program("entry") with { Btf = null }, null));
        Assert.Contains("without BTF", without.Message, StringComparison.Ordinal);
        Assert.Contains("skep prog replay", without.Message, StringComparison.Ordinal);
    }

    private static string[] Text(TraceCall call, KernelSymbols? symbols = null)
    {
        using var output = new MemoryStream();
        var writer = new TraceTextWriter(output, symbols);
        writer.Write(call);
        writer.Flush();
        return Encoding.UTF8.GetString(output.ToArray()).TrimEnd('\n').Split('\n');
    }

    private static JsonElement Json(TraceCall call)
    {
        using var output = new MemoryStream();
        var writer = new TraceJsonWriter(output, null, OutputForm.Json);
        writer.Write(call);
        writer.Flush();
        return JsonDocument.Parse(output.ToArray()).RootElement;
    }
}
