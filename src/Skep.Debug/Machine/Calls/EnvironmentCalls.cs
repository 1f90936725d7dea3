using System.Text;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;

namespace Skep.Debug.Machine.Calls;

/// <summary>Time, random numbers, the CPU and the process.</summary>
internal static class EnvironmentCalls
{
    private const ulong NanosecondsOfJiffy = 1_000_000;

    public static readonly (string, CallHandler)[] All =
    [
        ("bpf_ktime_get_ns", state => state.Now),
        ("bpf_ktime_get_boot_ns", state => state.Now),
        ("bpf_ktime_get_coarse_ns", state => state.Now),
        ("bpf_ktime_get_tai_ns", state => state.Now + state.Options.TaiOffset),
        ("bpf_jiffies64", state => state.Now / NanosecondsOfJiffy),
        ("bpf_get_prandom_u32", state => NextRandom(state)),
        ("bpf_get_smp_processor_id", state => (ulong)state.Options.Cpu),
        ("bpf_get_numa_node_id", _ => 0),
        ("bpf_get_current_pid_tgid", state => ((ulong)state.Options.Pid << 32) | state.Options.Tid),
        ("bpf_get_current_uid_gid", state => ((ulong)state.Options.Gid << 32) | state.Options.Uid),
        ("bpf_get_current_comm", Comm),
        ("bpf_get_current_task", Task),
        ("bpf_get_current_task_btf", Task),
        ("bpf_get_current_cgroup_id", state => state.Options.CgroupId),
    ];

    // splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators".
    public static uint NextRandom(MachineState state)
    {
        ulong mixed = state.Random += 0x9e37_79b9_7f4a_7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58_476d_1ce4_e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d0_49bb_1331_11eb;
        return (uint)(mixed ^ (mixed >> 31));
    }

    private static ulong Comm(MachineState state)
    {
        Span<byte> into = state.Write(1, state.Size(2));
        into.Clear();
        byte[] name = Encoding.UTF8.GetBytes(state.Options.Comm);
        name.AsSpan(0, Math.Min(name.Length, Math.Max(0, into.Length - 1))).CopyTo(into);
        return 0;
    }

    private static ulong Task(MachineState state) => state.Options.Task
        ?? throw new MachineStopException(FaultKind.NotSimulated, "the machine was given no task");
}
