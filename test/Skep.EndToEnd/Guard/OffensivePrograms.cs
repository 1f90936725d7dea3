namespace Skep.EndToEnd.Guard;

/// <summary>Programs after public ideas of what BPF can be misused for, each in C.</summary>
internal static class OffensivePrograms
{
    private const string Begin = """
        #include <linux/bpf.h>
        #include <linux/ptrace.h>
        #include <bpf/bpf_helpers.h>
        #include <bpf/bpf_tracing.h>
        char LICENSE[] SEC("license") = "GPL";
        struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } typed SEC(".maps");

        """;

    /// <summary>Name, source, and the beginning of what <c>server</c> says; null where its code does not show what it is for.</summary>
    public static IReadOnlyList<(string Name, string Source, string? Message)> All { get; } =
    [
        // write(2) fails
        ("write blocker by override", """
            SEC("kprobe/__x64_sys_write") int block(struct pt_regs *ctx) { bpf_override_return(ctx, -1); return 0; }
            """, "it can change what functions of the kernel return"),
        ("write blocker by fmod_ret", """
            SEC("fmod_ret/__x64_sys_write") int block(void *ctx) { return bpf_get_current_pid_tgid() >> 32 == 7 ? -1 : 0; }
            """, "it decides what the kernel permits"),
        ("write blocker by LSM", """
            SEC("lsm/file_permission") int block(void *ctx) { return bpf_get_current_pid_tgid() >> 32 == 7 ? -1 : 0; }
            """, "it decides what the kernel permits"),
        // An entry of a directory is written over as getdents64(2) returns
        ("hiding from getdents", """
            SEC("tracepoint/syscalls/sys_exit_getdents64") int hide(void *ctx)
            {
                __u64 *at = (void *)bpf_get_current_task();
                __u16 length = 64;
                bpf_probe_write_user(at, &length, sizeof(length));
                return 0;
            }
            """, "it can write to the memory of processes"),
        ("signals", """
            SEC("tracepoint/syscalls/sys_enter_kill") int hunt(void *ctx) { bpf_send_signal(9); return 0; }
            """, "it can send signals"),
        ("signals to a thread", """
            SEC("tracepoint/syscalls/sys_enter_openat") int hunt(void *ctx) { bpf_send_signal_thread(9); return 0; }
            """, "it can send signals"),
        ("keystrokes by fentry", """
            SEC("fentry/input_event") int keys(__u64 *ctx)
            {
                __u64 key = ctx[2];
                bpf_ringbuf_output(&typed, &key, sizeof(key), 0);
                return 0;
            }
            """, "it is for functions that carry what is typed"),
        ("keystrokes by kprobe", """
            SEC("kprobe/input_event") int keys(struct pt_regs *ctx)
            {
                __u64 key = PT_REGS_PARM3(ctx);
                bpf_ringbuf_output(&typed, &key, sizeof(key), 0);
                return 0;
            }
            """, null),
    ];

    /// <summary>The object that clang makes of one.</summary>
    public static byte[] Compile(string name) => BpfSource.Compile(Begin + All.First(each => each.Name == name).Source);
}
