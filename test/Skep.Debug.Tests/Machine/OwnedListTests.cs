using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Objects;

namespace Skep.Debug.Tests.Machine;

/// <summary>The functions for lists of Linux 7.3 (kernel/bpf/helpers.c), whose names have no <c>_impl</c>.</summary>
public sealed class OwnedListTests
{
    private const string Start = ListSource.Types + """
        #include <stdbool.h>
        #include <bpf/bpf_helpers.h>
        #include <bpf/bpf_core_read.h>
        extern void *bpf_obj_new(__u64 type) __ksym;
        extern void bpf_obj_drop(void *object) __ksym;
        extern int bpf_list_push_back(struct bpf_list_head *head, struct bpf_list_node *node) __ksym;
        extern int bpf_list_add(struct bpf_list_head *head, struct bpf_list_node *node, struct bpf_list_node *before) __ksym;
        extern struct bpf_list_node *bpf_list_del(struct bpf_list_head *head, struct bpf_list_node *node) __ksym;
        extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
        extern bool bpf_list_empty(struct bpf_list_head *head) __ksym;
        extern bool bpf_list_is_first(struct bpf_list_head *head, struct bpf_list_node *node) __ksym;
        extern bool bpf_list_is_last(struct bpf_list_head *head, struct bpf_list_node *node) __ksym;
        #define contains(type, node) __attribute__((btf_decl_tag("contains:" #type ":" #node)))
        #define together(name) SEC(".bss." #name) __hidden __attribute__((aligned(8)))
        struct kept { __u64 number; struct bpf_list_node node; };
        together(chain) struct bpf_spin_lock chain_lock;
        together(chain) struct bpf_list_head chain contains(kept, node);
        together(other) struct bpf_spin_lock other_lock;
        together(other) struct bpf_list_head other contains(kept, node);
        static __always_inline struct kept *make(int number)
        {
            struct kept *made = bpf_obj_new(bpf_core_type_id_local(struct kept));
            if (made) made->number = number;
            return made;
        }
        static __always_inline int number(struct bpf_list_node *node)
        {
            struct kept *of = (void *)node - __builtin_offsetof(struct kept, node);
            int number = node ? of->number : 9;
            if (node) bpf_obj_drop(of);
            return number;
        }
        SEC("tc") int test(struct __sk_buff *skb)
        {
            struct kept *one = make(1), *two = make(2), *three = make(3);
            int result = 0;
            if (!one || !two || !three) return 1;
        """;

    private const string End = """
            return result;
        }
        char _license[] SEC("license") = "GPL";
        """;

    private const string Drain = """
        for (int i = 0; i < 4; i++) result = result * 10 + number(bpf_list_pop_front(&chain));
        """;

    [Theory]
    [InlineData("bpf_list_push_back(&chain, &one->node); bpf_list_push_back(&chain, &three->node);"
        + "bpf_list_add(&chain, &two->node, &one->node);" + Drain, 1239)]
    [InlineData("bpf_list_push_back(&chain, &one->node); bpf_list_add(&chain, &two->node, &one->node);"
        + "bpf_list_add(&chain, &three->node, &two->node);" + Drain, 1239)]
    // A node behind one that is elsewhere ends.
    [InlineData("bpf_list_push_back(&chain, &one->node); bpf_list_push_back(&other, &two->node);"
        + "result = bpf_list_add(&chain, &three->node, &two->node) == -22; number(bpf_list_pop_front(&other));" + Drain, 11999)]
    [InlineData("bpf_list_push_back(&chain, &one->node); bpf_list_push_back(&chain, &two->node); bpf_list_push_back(&chain, &three->node);"
        + "result = number(bpf_list_del(&chain, &two->node));" + Drain, 21399)]
    [InlineData("bpf_list_push_back(&other, &one->node); result = bpf_list_del(&chain, &one->node) ? 5 : 4;"
        + "number(bpf_list_pop_front(&other)); bpf_obj_drop(two); bpf_obj_drop(three);", 4)]
    [InlineData("result = bpf_list_empty(&chain); bpf_list_push_back(&chain, &one->node); result = result * 2 + bpf_list_empty(&chain);"
        + "number(bpf_list_pop_front(&chain)); result = result * 2 + bpf_list_empty(&chain);"
        + "bpf_obj_drop(two); bpf_obj_drop(three);", 0b101)]
    [InlineData("bpf_list_push_back(&chain, &one->node); bpf_list_push_back(&chain, &two->node); bpf_list_push_back(&other, &three->node);"
        + "result = bpf_list_is_first(&chain, &one->node) * 32 + bpf_list_is_first(&chain, &two->node) * 16 + bpf_list_is_last(&chain, "
        + "&one->node) * 8 + bpf_list_is_last(&chain, &two->node) * 4 + bpf_list_is_first(&chain, &three->node) * 2"
        + "+ bpf_list_is_last(&other, &three->node);", 0b100101)]
    public void A_list_is_changed_and_asked(string body, int result)
    {
        BpfMachine machine = ObjectMachine.Create(TaggedTypes.Object(BpfSource.Compile(Start + body + End)));
        machine.Start(new MachineInput { Packet = new byte[60] });
        Assert.True(machine.Run(10_000) == MachineStatus.Finished, machine.Fault?.ToString());
        Assert.Equal((ulong)result, machine.Register(0));
    }
}
