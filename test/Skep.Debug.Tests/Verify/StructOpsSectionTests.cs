using System.Text;
using Skep.Debug.Verify;
using Skep.Inventory.Code;

namespace Skep.Debug.Tests.Verify;

/// <summary>Structures of functions whose section an older libbpf does not know.</summary>
public sealed class StructOpsSectionTests
{
    private const string Names = "\0.rel.struct_ops.link\0.struct_ops.link\0license\0";

    [Theory]
    [InlineData("v1.1", "\0.rel.struct_ops\0\0\0\0\0\0.struct_ops\0\0\0\0\0\0license\0")]
    [InlineData("v1.2", Names)]
    [InlineData("v1.5", Names)]
    [InlineData("", Names)]
    public void A_section_has_the_name_that_libbpf_knows(string libbpf, string expected)
    {
        byte[] file = Encoding.ASCII.GetBytes(Names);
        Assert.Equal(expected, Encoding.ASCII.GetString(StructOpsSection.Known(file, libbpf)));
        Assert.Equal(Names, Encoding.ASCII.GetString(file));
    }

    [Fact, Trait("level", "kernel")]
    public void Functions_of_a_structure_for_a_link_are_verified()
    {
        Requires.Root();
        const string source = """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            struct sock;
            struct tcp_congestion_ops {
                unsigned int (*ssthresh)(struct sock *sk);
                void (*cong_avoid)(struct sock *sk, unsigned int ack, unsigned int acked);
                unsigned int (*undo_cwnd)(struct sock *sk);
                char name[16];
            } __attribute__((preserve_access_index));
            SEC("struct_ops/threshold") unsigned int threshold(__u64 *context)
            {
                return 2;
            }
            SEC("struct_ops/undo") unsigned int undo(__u64 *context)
            {
                return context[9];
            }
            SEC(".struct_ops.link") struct tcp_congestion_ops linked = {
                .ssthresh = (void *)threshold, .undo_cwnd = (void *)undo, .name = "linked",
            };
            char LICENSE[] SEC("license") = "GPL";
            """;
        byte[] elf = BpfSource.Compile(source);
        IReadOnlyList<ProgramCode> programs = [];
        Verification threshold = Assert.Single(ObjectVerifier.Verify(elf, "linked", programs, "threshold"));
        Assert.True(threshold.Accepted, threshold.Diagnosis?.Message);
        Verification undo = Assert.Single(ObjectVerifier.Verify(elf, "linked", programs, "undo"));
        Assert.Equal(VerifierCause.ContextAccess, undo.Diagnosis?.Cause);
    }

    [Fact]
    public void Two_sections_stay_two()
    {
        byte[] both = Encoding.ASCII.GetBytes(Names + ".struct_ops\0");
        Assert.Same(both, StructOpsSection.Known(both, "v1.1"));
    }
}
