using System.Diagnostics;

namespace Skep.EndToEnd.Inventory;

/// <summary>
/// A busy machine: pinned programs and maps, three network namespaces with XDP and tc, a flow dissector, cgroups, libbpf-tools and
/// bpftrace at work, and a bpffs in a mount namespace of its own. All gone when disposed.
/// </summary>
public sealed class Scene : IDisposable
{
    private const string Source = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        struct value { int a; unsigned long long b[2]; char name[8]; };
        struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __type(key, __u32); __type(value, __u32); }
            jumps SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 4); __type(key, __u32); __type(value, struct value); }
            values SEC(".maps");
        struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } records SEC(".maps");
        const char bpf_metadata_author[] SEC(".rodata") = "somebody \"else\"";
        const int bpf_metadata_version SEC(".rodata") = -3;
        const unsigned long long bpf_metadata_build SEC(".rodata") = 18446744073709551615ull;
        SEC("xdp") int a_name_that_is_longer_than_the_kernels(struct xdp_md *c) { return XDP_PASS; }
        SEC("tc") int in_tc(struct __sk_buff *s)
        {
            __u32 key = 0, *record = bpf_ringbuf_reserve(&records, 4, 0);
            if (record)
                bpf_ringbuf_discard(record, 0);
            bpf_map_lookup_elem(&values, &key);
            bpf_tail_call(s, &jumps, 0);
            return 0;
        }
        SEC("tc") int out_tc(struct __sk_buff *s) { return 0; }
        SEC("cgroup/connect4") int on_connect(struct bpf_sock_addr *a) { return 1; }
        SEC("cgroup_skb/egress") int on_egress(struct __sk_buff *s) { return 1; }
        SEC("flow_dissector") int dissect(struct __sk_buff *s) { return 0; }
        SEC("socket") int only_pinned(struct __sk_buff *s) { return 0; }
        char _license[] SEC("license") = "GPL";
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("skep-inventory-").FullName;
    private readonly List<Process> _running = [];

    public Scene()
    {
        string source = Path.Combine(_directory, "scene.bpf.c"), compiled = Path.Combine(_directory, "scene.bpf.o");
        ObjectFile = compiled;
        File.WriteAllText(source, Source);
        Tool.Shell($"clang -O2 -g -target bpf -I/usr/include/$(gcc -print-multiarch) -c {source} -o {compiled}");
        Tool.Run("bpftool", "prog", "loadall", compiled, Pins, "pinmaps", $"{Pins}/maps");
        foreach (string netns in Namespaces)
        {
            Tool.Shell($"""
                ip netns add {netns}
                ip -n {netns} link add one type veth peer name two
                nsenter --net=/run/netns/{netns} sh -ec '
                    tc qdisc add dev one clsact
                    ip link set dev two xdpgeneric pinned {Pins}/a_name_that_is_longer_than_the_kernels
                    tc filter add dev one ingress bpf da pinned {Pins}/in_tc
                    tc filter add dev one egress bpf pinned {Pins}/out_tc'
                """);
        }

        Tool.Run(
            "nsenter", $"--net=/run/netns/{Namespaces[1]}", "bpftool", "prog", "attach", "pinned", $"{Pins}/dissect", "flow_dissector");
        Cgroup = Path.Combine(Tool.Run("sh", "-c", "awk '$3 == \"cgroup2\" { print $2; exit }' /proc/self/mounts").Trim(), Prefix);
        Directory.CreateDirectory(Path.Combine(Cgroup, "below"));
        Tool.Run("bpftool", "cgroup", "attach", Cgroup, "cgroup_inet4_connect", "pinned", $"{Pins}/on_connect", "multi");
        Tool.Run(
            "bpftool", "cgroup", "attach", Path.Combine(Cgroup, "below"), "cgroup_inet_egress", "pinned", $"{Pins}/on_egress", "override");

        Opensnoop = Start("opensnoop");
        Start("execsnoop");
        Bpftrace = Start("bpftrace", "-e", "tracepoint:syscalls:sys_enter_nanosleep { @[comm] = count(); } interval:s:10 { @x = 1; }");
        string inner = Path.Combine(_directory, "bpffs");
        Directory.CreateDirectory(inner);
        Hidden = Start(
            "unshare",
            "-m",
            "sh",
            "-ec",
            $"mount -t bpf bpf {inner}; bpftool prog load {compiled} {inner}/pin type xdp; : > {_directory}/mounted; exec sleep 600");
        HiddenPin = $"/proc/{Hidden.Id}/root{inner}/pin";
        Tool.Until(() => File.Exists(Path.Combine(_directory, "mounted")), "a bpffs in a mount namespace of its own");
        Tool.Until(() => Tool.Run("bpftool", "perf").Contains($"pid {Opensnoop.Id}", StringComparison.Ordinal), "opensnoop's programs");
        Tool.Until(() => Tool.Run("bpftool", "perf").Contains($"pid {Bpftrace.Id}", StringComparison.Ordinal), "bpftrace's programs");
    }

    private static string Prefix { get; } = $"skep-inventory-{Environment.ProcessId}";

    public string Pins { get; } = $"/sys/fs/bpf/{Prefix}";

    public string ObjectFile { get; }

    public string[] Namespaces { get; } = [.. Enumerable.Range(1, 3).Select(i => $"{Prefix}-{i}")];

    public string Cgroup { get; }

    public Process Opensnoop { get; }

    public Process Bpftrace { get; }

    public Process Hidden { get; }

    public string HiddenPin { get; }

    public void Dispose()
    {
        foreach (Process process in _running)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        foreach (string netns in Namespaces) Tool.Try("ip", "netns", "del", netns);
        Tool.Try("rmdir", Path.Combine(Cgroup, "below"), Cgroup);
        Tool.Try("rm", "-r", Pins);
        Directory.Delete(_directory, recursive: true);
    }

    private Process Start(string file, params string[] arguments)
    {
        Process process = Tool.Start(file, arguments);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _running.Add(process);
        return process;
    }
}

/// <summary>One scene for all tests of the inventory.</summary>
[CollectionDefinition(nameof(Scene))]
public sealed class SceneCollection : ICollectionFixture<Scene>;
