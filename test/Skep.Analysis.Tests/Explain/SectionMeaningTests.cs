using System.Runtime.InteropServices;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Analysis.Tests.Explain;

/// <summary>What a program's section says is what its context and its verdicts are read by.</summary>
public sealed class SectionMeaningTests
{
    [Theory]
    [InlineData("xdp_foo", 1, "XDP_DROP (1)", "data")]
    [InlineData("xdp.frags/devmap", 2, "XDP_PASS (2)", "data")]
    [InlineData("prog", 1, "XDP_DROP (1)", "data")]
    [InlineData("tc", 2, "TC_ACT_SHOT (2)", "len")]
    [InlineData("classifier/ingress", 2, "TC_ACT_SHOT (2)", "len")]
    [InlineData("action_foo", 0, "TC_ACT_OK (0)", "len")]
    [InlineData("tc/ingress", 2, "TCX_DROP (2)", "len")]
    [InlineData("tcx/ingress", 2, "TCX_DROP (2)", "len")]
    [InlineData("tcx/egress", -1, "TCX_NEXT (-1)", "len")]
    [InlineData("netkit/primary", 2, "NETKIT_DROP (2)", "len")]
    [InlineData("netkit/peer", 7, "NETKIT_REDIRECT (7)", "len")]
    [InlineData("lwt_xmit", 2, "BPF_DROP (2)", "len")]
    [InlineData("flow_dissector", 129, "BPF_FLOW_DISSECTOR_CONTINUE (129)", "len")]
    [InlineData("sk_skb/stream_verdict1", 0, "SK_DROP (0)", "len")]
    [InlineData("sk_lookup/foo", 1, "SK_PASS (1)", "")]
    [InlineData("cgroup/connect_unix", 0, "deny (0)", "user_family")]
    [InlineData("cgroup/getsockname_unix", 1, "allow (1)", "user_family")]
    [InlineData("cgroup/dev1", 0, "deny (0)", "access_type")]
    [InlineData("socket1", 0, "drop (0)", "len")]
    [InlineData("netfilter", 0, "NF_DROP (0)", "")]
    public void Context_and_verdict_follow_from_the_section(string section, int verdict, string named, string field)
    {
        Explanation about = Explained(section, verdict);
        Assert.Equal([named], about.Returns.Select(statement => statement.Text));
        if (field.Length > 0) Assert.Contains(about.Reads, statement => statement.Text == $"context field {field}");
    }

    [Theory]
    [InlineData("kprobe.session/do_unlinkat", "kprobe")]
    [InlineData("kprobe.multi/tcp_*", "kprobe")]
    [InlineData("uprobe.session/libc.so.6:malloc", "kprobe")]
    [InlineData("uprobe.multi.s//usr/bin/x:f", "kprobe")]
    [InlineData("usdt.s/libc.so.6:libc:setjmp", "kprobe")]
    [InlineData("struct_ops.s/init", "struct_ops")]
    [InlineData("fsession/do_unlinkat", "tracing")]
    [InlineData("raw_tp.s/sys_enter", "raw_tracepoint")]
    public void Programs_of_later_sections_have_a_type(string section, string type) =>
        Assert.Equal(type, Explained(section, 0).Code.Type?.Name());

    private static Explanation Explained(string section, int verdict)
    {
        var a = new Assembler();
        a.Load(MemorySize.Word, R2, R1, 0).Mov(R0, verdict).Exit();
        return Explainer.Explain(
            Assert.Single(
                BpfPrograms.OfBytes(
                    BpfElfWriter.Write([new("f", section, MemoryMarshal.AsBytes(a.Build().AsSpan()).ToArray(), [])], "GPL"))));
    }
}
