using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.Objects;

namespace Skep.Debug.Tests.Machine;

/// <summary>What a machine says of objects that a program makes, and what a run leaves.</summary>
public sealed class OwnedObjectTests
{
    private const string Start = ListSource.Types + """
        #include <bpf/bpf_helpers.h>
        #include <bpf/bpf_core_read.h>
        extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
        extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
        extern int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 offset) __ksym;
        extern struct task_struct *bpf_task_from_pid(int pid) __ksym;
        #define make(type) ((type *)bpf_obj_new_impl(bpf_core_type_id_local(type), 0))
        struct kept { __u64 number; __u32 more; struct bpf_list_node node; };
        typedef struct kept kptr;
        struct slot { kptr *held; __u64 plain; };
        struct {
            __uint(type, BPF_MAP_TYPE_ARRAY);
            __uint(max_entries, 2);
            __type(key, __u32);
            __type(value, struct slot);
        } slots SEC(".maps");
        struct locked { struct bpf_spin_lock lock; __u32 none; kptr *held; };
        struct {
            __uint(type, BPF_MAP_TYPE_HASH);
            __uint(max_entries, 2);
            __type(key, __u32);
            __type(value, struct locked);
        } named SEC(".maps");
        SEC("tc") int test(struct __sk_buff *skb)
        {
            __u32 key = 0;
            struct slot *slot = bpf_map_lookup_elem(&slots, &key);
            struct kept *object = make(struct kept), *old;
            if (!slot || !object) return 1;
        """;

    private const string End = """
            return 0;
        }
        char _license[] SEC("license") = "GPL";
        """;

    [Theory]
    [InlineData("return object->number;", FaultKind.UninitializedObject,
        "reads 8 bytes at offset 0 of the object of struct kept, of which byte 0 was not written")]
    [InlineData("bpf_obj_drop_impl(object, 0); return object->more;", FaultKind.OutOfBounds,
        "reads 4 bytes at offset 8 of the object of struct kept, which is not there any more")]
    [InlineData("bpf_obj_drop_impl(object, 0); bpf_obj_drop_impl(object, 0);", FaultKind.InvalidArgument,
        "is no object that the program made, or it is not there any more")]
    [InlineData("((volatile char *)object)[48] = 1;", FaultKind.OutOfBounds,
        "writes 1 bytes at offset 48 of the object of struct kept, which has 40")]
    [InlineData("object->number = 1;", FaultKind.Unreleased, "1 references to objects are neither dropped nor put into a map")]
    [InlineData("bpf_kptr_xchg(&slot->plain, object);", FaultKind.InvalidArgument,
        "is no pointer of kind __kptr in a value or an object whose type is known")]
    [InlineData("bpf_kptr_xchg(&slot->held, (void *)slot);", FaultKind.InvalidArgument, "is no object that the program made")]
    [InlineData("bpf_kptr_xchg(&slot->held, bpf_task_from_pid(1));", FaultKind.NotSimulated,
        "bpf_task_from_pid is nothing that the machine does")]
    [InlineData("bpf_list_push_back_impl((void *)slot, &object->node, 0, 0);", FaultKind.InvalidArgument, "is no bpf_list_head")]
    public void What_a_program_must_not_do_stops_it(string body, FaultKind kind, string reason)
    {
        BpfMachine machine = Run(body);
        Assert.Equal(MachineStatus.Stopped, machine.Status);
        Assert.Equal(kind, machine.Fault!.Kind);
        Assert.Contains(reason, machine.Fault.Reason, StringComparison.Ordinal);
    }

    /// <summary>BPF_F_LOCK writes into the element; without an object in it, there is nothing to differ in.</summary>
    [Theory]
    [InlineData("object", MachineStatus.Stopped)]
    [InlineData("0", MachineStatus.Finished)]
    public void What_kernels_differ_in_stops_it(string held, MachineStatus status)
    {
        BpfMachine machine = Run($$"""
            struct locked none = {}, *element;
            bpf_map_update_elem(&named, &key, &none, 0);
            element = bpf_map_lookup_elem(&named, &key);
            if (!element) return 2;
            old = bpf_kptr_xchg(&element->held, {{held}});
            if (!old) bpf_map_update_elem(&named, &key, &none, BPF_F_LOCK);
            bpf_obj_drop_impl(object, 0);
            """);
        Assert.Equal(status, machine.Status);
        if (status == MachineStatus.Stopped) Assert.Equal(
            (FaultKind.NotSimulated, "kernels differ in whether an update of map named in place frees what the value owns"),
            (machine.Fault!.Kind, machine.Fault.Reason));
    }

    [Fact]
    public void An_object_in_a_map_stays_for_the_next_run_and_users_see_none_of_it()
    {
        BpfMachine machine = Run("""
            object->number = skb->len;
            old = bpf_kptr_xchg(&slot->held, object);
            slot->plain = old ? old->number : 77;
            if (old) bpf_obj_drop_impl(old, 0);
            """);
        Assert.Equal((MachineStatus.Finished, 77), (machine.Status, Plain(machine)));

        // More runs than a machine has regions of memory: each takes the place of an object that ended.
        for (int length = 61; length < 70_000; length++)
        {
            machine.Start(new MachineInput { Packet = new byte[60 + (length % 7)] });
            Assert.True(machine.Run() == MachineStatus.Finished, machine.Fault?.ToString());
            if (length > 61) Assert.Equal(60 + ((length - 1) % 7), Plain(machine));
        }

        Assert.All(machine.Map("slots")!.Get(new byte[4])![..8], one => Assert.Equal(0, one));
    }

    [Fact]
    public void Going_back_brings_an_object_back()
    {
        BpfMachine machine = Make("""
            object->number = 5;
            old = bpf_kptr_xchg(&slot->held, object);
            old = bpf_kptr_xchg(&slot->held, 0);
            if (!old) return 2;
            slot->plain = old->number;
            bpf_obj_drop_impl(old, 0);
            """);
        machine.Start(new MachineInput { Packet = new byte[60] });
        var history = new MachineHistory(machine, 3);
        history.Run();
        Assert.Equal((MachineStatus.Finished, 5), (machine.Status, Plain(machine)));
        long end = machine.Steps;
        for (long step = end; step >= 0; step--)
        {
            history.GoTo(step);
            history.Run();
            Assert.True((MachineStatus.Finished, end) == (machine.Status, machine.Steps), $"{step}: {machine.Fault}");
        }
    }

    private static int Plain(BpfMachine machine) => BitConverter.ToInt32(machine.Map("slots")!.Get(new byte[4]).AsSpan(8));

    private static BpfMachine Run(string body)
    {
        BpfMachine machine = Make(body);
        machine.Start(new MachineInput { Packet = new byte[60] });
        machine.Run(10_000);
        return machine;
    }

    private static BpfMachine Make(string body) => ObjectMachine.Create(TaggedTypes.Object(BpfSource.Compile(Start + body + End)));
}
