using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Trace;

/// <summary>What cannot be traced is said, with what can be done; where the kernel allows trampolines, Machine.TraceTests traces.</summary>
[Trait("level", "kernel")]
public sealed class TraceRefusalTests : IDisposable
{
    private const string Source = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        struct {
            __uint(type, BPF_MAP_TYPE_HASH);
            __uint(max_entries, 8);
            __type(key, __u32);
            __type(value, __u64);
        } seen SEC(".maps");
        SEC("xdp") int refused(struct xdp_md *ctx)
        {
            __u32 key = ctx->rx_queue_index;
            __u64 value = 1;
            bpf_map_update_elem(&seen, &key, &value, BPF_ANY);
            return XDP_PASS;
        }
        char LICENSE[] SEC("license") = "GPL";
        """;

    private readonly string _pin = $"/sys/fs/bpf/skep-refused-{Environment.ProcessId}";

    public TraceRefusalTests()
    {
        Requires.Root();
        using var scratch = new Scratch();
        string file = scratch.File("refused.bpf.o");
        File.WriteAllBytes(file, BpfSource.Compile(Source));
        Tool.Run("bpftool", "prog", "load", file, _pin);
    }

    public void Dispose() => Tool.Run("rm", _pin);

    [Theory]
    [InlineData("prog", "pinned", "PIN", "-n", "1", "--duration", "100ms")]
    [InlineData("helper", "bpf_map_update_elem", "--prog", "pinned", "PIN", "--duration", "100ms")]
    public void A_kernel_without_trampolines_is_named_with_what_remains(params string[] words)
    {
        Outcome outcome = SkepBinary.Run(["trace", .. words.Select(word => word == "PIN" ? _pin : word)]);
        if (outcome.Code == 0) Assert.Skip("the machine cannot: its kernel allows trampolines, and refuses nothing");
        Assert.Equal(3, outcome.Code);
        Assert.Contains("the kernel refuses trampolines, which fentry and fexit are (EPERM; ", outcome.Error, StringComparison.Ordinal);
        foreach (string remedy in (string[])["skep prog replay id ", "skep debug id ", "skep top"])
            Assert.Contains(remedy, outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_that_there_is_not_is_named_with_those_that_there_are()
    {
        Outcome outcome = SkepBinary.Run("trace", "prog", "pinned", _pin, "--func", "other");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("it has no function other (it has refused)", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_helper_that_the_code_does_not_call_is_named_with_those_that_it_calls()
    {
        Outcome outcome = SkepBinary.Run("trace", "helper", "bpf_redirect", "--prog", "pinned", _pin);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("it calls bpf_map_update_elem; ", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--filter", "r1 == 1")]
    [InlineData("--write", "-", "-j")]
    [InlineData("--save", "/tmp", "--func", "refused")]
    public void A_wrong_command_line_is_refused_before_anything_is_attached(params string[] words) =>
        Assert.Equal(2, SkepBinary.Run(["trace", "prog", "pinned", _pin, .. words]).Code);
}
