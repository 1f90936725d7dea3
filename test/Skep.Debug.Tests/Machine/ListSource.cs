namespace Skep.Debug.Tests.Machine;

/// <summary>What C programs with lists begin with.</summary>
internal static class ListSource
{
    /// <summary>Headers of a kernel before 6.4 have no nodes and heads of lists; what they are is the same in all.</summary>
    public const string Types = """
        #define bpf_list_head uapi_list_head
        #define bpf_list_node uapi_list_node
        #include <linux/bpf.h>
        #undef bpf_list_head
        #undef bpf_list_node
        struct bpf_list_head { __u64 opaque[2]; };
        struct bpf_list_node { __u64 opaque[3]; };

        """;
}
