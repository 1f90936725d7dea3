using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Skep.Bpf.Interop;
using Skep.Linux.Events;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;
using Skep.Linux.Streams;

namespace Skep.Bpf.Tests;

/// <summary>
/// Each structure shared with the kernel, libbpf or the C library against their own declarations: one C file of <c>_Static_assert</c>s is
/// compiled for the kernel's, and one for the others'. The kernel's come from its BTF by bpftool: they are those of the running kernel.
/// </summary>
public sealed class StructLayoutTests
{
    // The kernel's union bpf_attr, by the name of the member, empty for the anonymous ones.
    private static readonly (Type Type, string Member)[] s_attributes =
    [
        (typeof(MapCreateAttr), ""),
        (typeof(MapElementAttr), ""),
        (typeof(MapBatchAttr), "batch"),
        (typeof(ProgLoadAttr), ""),
        (typeof(ObjectPathAttr), ""),
        (typeof(ProgAttachAttr), ""),
        (typeof(ProgTestRunAttr), "test"),
        (typeof(NextIdAttr), ""),
        (typeof(ProgByIdAttr), ""),
        (typeof(MapByIdAttr), ""),
        (typeof(BtfByIdAttr), ""),
        (typeof(LinkByIdAttr), ""),
        (typeof(MapNextKeyAttr), ""),
        (typeof(MapFreezeAttr), ""),
        (typeof(TokenCreateAttr), "token_create"),
        (typeof(ProgStreamReadAttr), "prog_stream_read"),
        (typeof(ObjectInfoAttr), "info"),
        (typeof(ProgQueryAttr), "query"),
        (typeof(RawTracepointAttr), "raw_tracepoint"),
        (typeof(BtfLoadAttr), ""),
        (typeof(TaskFdQueryAttr), "task_fd_query"),
        (typeof(LinkCreateAttr), "link_create"),
        (typeof(LinkUpdateAttr), "link_update"),
        (typeof(LinkDetachAttr), "link_detach"),
        (typeof(EnableStatsAttr), "enable_stats"),
        (typeof(IterCreateAttr), "iter_create"),
        (typeof(ProgBindMapAttr), "prog_bind_map"),
        (typeof(ProgAssocStructOpsAttr), "prog_assoc_struct_ops"),
    ];

    // Members of members: a field named tcx_relative_fd is tcx.relative_fd there.
    private static readonly string[] s_nested =
    [
        "perf_event", "tracing_multi", "tracing", "netfilter", "kprobe_multi", "uprobe_multi", "kprobe", "uprobe", "tracepoint", "event",
    ];

    // The members of the kernel's union bpf_link_info.
    private static readonly (Type Type, string Member, Func<string, string> Rename)[] s_links =
    [
        (typeof(bpf_link_info.raw_tracepoint_info), "raw_tracepoint", Same),
        (typeof(bpf_link_info.tracing_info), "tracing", Same),
        (typeof(bpf_link_info.cgroup_info), "cgroup", Same),
        (typeof(bpf_link_info.iter_info), "iter", static n => n switch
        {
            "map_id" => "map.map_id",
            "cgroup_id" => "cgroup.cgroup_id",
            "order" => "cgroup.order",
            "tid" => "task.tid",
            "pid" => "task.pid",
            _ => n,
        }),
        (typeof(bpf_link_info.netns_info), "netns", Same),
        (typeof(bpf_link_info.device_info), "tcx", Same),
        (typeof(bpf_link_info.device_info), "netkit", Same),
        (typeof(bpf_link_info.struct_ops_info), "struct_ops", Same),
        (typeof(bpf_link_info.netfilter_info), "netfilter", Same),
        (typeof(bpf_link_info.kprobe_multi_info), "kprobe_multi", Same),
        (typeof(bpf_link_info.uprobe_multi_info), "uprobe_multi", Same),
        (typeof(bpf_link_info.perf_event_info), "perf_event", static n => n switch
        {
            "type" => "type",
            "name" => "kprobe.func_name",
            "name_len" => "uprobe.name_len",
            "offset" => "uprobe.offset",
            _ => Nested(n),
        }),
        (typeof(bpf_link_info.sockmap_info), "sockmap", Same),
        (typeof(bpf_link_info.tracing_multi_info), "tracing_multi", Same),
    ];

    private static readonly (Type Type, string Prefix, string End, int Count, Func<int, string> Name)[] s_numbers =
    [
        (typeof(BpfProgramType), "BPF_PROG_TYPE_", "__MAX_BPF_PROG_TYPE", BpfProgramTypeNames.KnownCount, n => ((BpfProgramType)n).Name()),
        (typeof(BpfMapType), "BPF_MAP_TYPE_", "__MAX_BPF_MAP_TYPE", BpfMapTypeNames.KnownCount, n => ((BpfMapType)n).Name()),
        (typeof(BpfLinkType), "BPF_LINK_TYPE_", "__MAX_BPF_LINK_TYPE", BpfLinkTypeNames.KnownCount, n => ((BpfLinkType)n).Name()),
        (typeof(BpfAttachType), "BPF_", "__MAX_BPF_ATTACH_TYPE", BpfAttachTypeNames.KnownCount, n => ((BpfAttachType)n).Name()),
        (typeof(BpfCommand), "BPF_", "__MAX_BPF_CMD", BpfCommandNames.KnownCount, n => ((BpfCommand)n).Name()),
    ];

    private static readonly Lazy<CDeclarations> s_kernel = new(OfKernel), s_libraries = new(OfLibraries);

    public static TheoryData<string> KernelStructures =>
    [
        .. s_attributes.Select(attribute => attribute.Type.Name), nameof(bpf_prog_info), nameof(bpf_map_info), nameof(bpf_btf_info),
        nameof(bpf_link_info), .. s_links.Select(link => $"bpf_link_info.{link.Member}"), nameof(ProgramEvents.perf_event_attr),
        "perf_event_mmap_page",
    ];

    public static TheoryData<string> LibraryStructures =>
    [
        nameof(LibBpf.bpf_object_open_opts), "termios", "epoll_event", "syscalls", "rlimit", "statx", "open", "spawn",
    ];

    public static TheoryData<string> Enumerations => [.. s_numbers.Select(numbers => numbers.Type.Name), nameof(BtfKind)];

    [Theory]
    [MemberData(nameof(KernelStructures))]
    public void A_kernel_structure_is_laid_out_as_the_kernels(string structure) => s_kernel.Value.AssertHolds(structure);

    [Theory]
    [MemberData(nameof(LibraryStructures))]
    public void A_library_structure_is_laid_out_as_the_librarys(string structure) => s_libraries.Value.AssertHolds(structure);

    [Theory]
    [MemberData(nameof(Enumerations))]
    public void Numbers_are_the_kernels(string enumeration) => s_kernel.Value.AssertHolds(enumeration);

    // arm64 has the numbers of asm-generic.
    [Fact]
    public void Numbers_of_system_calls_are_those_of_arm64()
    {
        var c = new CDeclarations();
        c.Add("#include <asm-generic/unistd.h>");
        foreach ((string name, int number) in SystemCalls(new(IsArm64: true))) c.Assert("syscalls", $"__NR_{name} == {number}");
        c.AssertHolds("syscalls");
    }

    private static CDeclarations OfKernel()
    {
        string kernel = CDeclarations.OfKernel();
        var c = new CDeclarations();
        c.Add(kernel);
        string union = CDeclarations.Declaration(kernel, "union bpf_attr");
        string info = CDeclarations.Declaration(kernel, "struct bpf_link_info");
        foreach ((Type type, string member) in s_attributes)
            AssertFields(c, type.Name, type, "union bpf_attr", member.Length == 0 ? "" : member + ".",
                type == typeof(LinkCreateAttr) ? Nested : Same, isThere: name => CDeclarations.HasMember(union, name));
        AssertStructure(c, typeof(bpf_prog_info), "struct bpf_prog_info", except: "gpl_compatible");
        c.Assert(nameof(bpf_prog_info), "offsetof(struct bpf_prog_info, ifindex) + 4 == 84");
        AssertStructure(c, typeof(bpf_map_info), "struct bpf_map_info");
        AssertStructure(c, typeof(bpf_btf_info), "struct bpf_btf_info");
        AssertFields(c, nameof(bpf_link_info), typeof(bpf_link_info), "struct bpf_link_info", "", Same, sizes: false,
            isThere: name => CDeclarations.HasMember(info, name));
        foreach ((Type type, string member, Func<string, string> rename) in s_links)
        {
            AssertFields(c, $"bpf_link_info.{member}", type, "struct bpf_link_info", member + ".", rename,
                isThere: name => CDeclarations.HasMember(info, name));
        }

        const string events = nameof(ProgramEvents.perf_event_attr), page = "perf_event_mmap_page";
        AssertFields(c, events, typeof(ProgramEvents.perf_event_attr), "struct perf_event_attr", "", Same, except: "flags");
        c.Assert(events, "offsetof(struct perf_event_attr, read_format) + 8 == 40");
        c.Assert(page, $"offsetof(struct perf_event_mmap_page, data_head) == {PerfRing.HeadOffset}");
        c.Assert(page, $"offsetof(struct perf_event_mmap_page, data_tail) == {PerfRing.TailOffset}");
        foreach (var (type, prefix, end, count, name) in s_numbers)
        {
            // The kernel that this runs on knows no more than these; what a later kernel adds, this one does not declare.
            c.Assert(type.Name, $"{end} <= {count}");
            int known = int.Parse(Regex.Match(kernel, $@"\b{end} = (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
            for (int i = 0; i < Math.Min(count, known); i++) c.Assert(type.Name, $"{prefix}{name(i).ToUpperInvariant()} == {i}");
        }

        foreach (BtfKind kind in Enum.GetValues<BtfKind>().Except([BtfKind.Void]))
            c.Assert(nameof(BtfKind),
                $"BTF_KIND_{(kind == BtfKind.Forward ? "FWD" : Snake(kind.ToString()).Replace("DATA_SEC", "DATASEC"))} == {(int)kind}");
        return c;
    }

    private static CDeclarations OfLibraries()
    {
        var c = new CDeclarations();
        c.Add("#undef offsetof\n#define _GNU_SOURCE\n#include <stddef.h>\n#include <spawn.h>\n#include <signal.h>\n"
            + "#include <sys/epoll.h>\n#include <sys/resource.h>\n#include <termios.h>\n#include <sys/ioctl.h>\n#include <sys/stat.h>\n"
            + "#include <fcntl.h>\n#include <sys/syscall.h>\n#include <bpf/libbpf.h>");
        AssertStructure(c, typeof(LibBpf.bpf_object_open_opts), "struct bpf_object_open_opts", except: "unused");
        c.Assert("termios", $"sizeof(struct termios) == {Terminal.TermiosSize}");
        c.Assert("termios", "sizeof(struct winsize) == 8 && TIOCGWINSZ == 0x5413 && TCSAFLUSH == 2");
        c.Assert("epoll_event", $"sizeof(struct epoll_event) == {Processor.This.EpollEventBytes}");
        c.Assert("epoll_event", $"offsetof(struct epoll_event, data) == {Processor.This.EpollEventData}");
        foreach ((string name, int number) in SystemCalls(Processor.This)) c.Assert("syscalls", $"SYS_{name} == {number}");
        AssertStructure(c, typeof(MemlockLimit.ResourceLimit), "struct rlimit");
        AssertStructure(c, typeof(FileStatus.Statx), "struct statx");
        c.Assert("open", $"O_NOFOLLOW == {Processor.This.O_NOFOLLOW} && O_DIRECTORY == {Processor.This.O_DIRECTORY}");
        c.Assert("open", $"O_CREAT == {Libc.O_CREAT} && O_EXCL == {Libc.O_EXCL} && O_NONBLOCK == {Libc.O_NONBLOCK}");
        c.Assert("spawn", "sizeof(posix_spawn_file_actions_t) == 80 && sizeof(posix_spawnattr_t) == 336 && sizeof(sigset_t) == 128");
        return c;
    }

    private static IEnumerable<(string Name, int Number)> SystemCalls(Processor processor) =>
    [
        ("bpf", processor.Bpf), ("capget", processor.Capget), ("getdents64", processor.Getdents64), ("membarrier", processor.Membarrier),
        ("openat", processor.Openat), ("perf_event_open", processor.PerfEventOpen), ("fsopen", Processor.Fsopen),
        ("fsconfig", Processor.Fsconfig), ("fsmount", Processor.Fsmount), ("pidfd_open", Processor.PidfdOpen),
        ("openat2", Processor.Openat2), ("pidfd_getfd", Processor.PidfdGetfd),
    ];

    private static string Same(string name) => name;

    private static string Snake(string name) =>
        string.Concat(name.Select((ch, i) => i > 0 && char.IsUpper(ch) ? "_" + ch : ch.ToString())).ToUpperInvariant();

    private static string Nested(string name)
    {
        if (name.StartsWith("ordered_", StringComparison.Ordinal)) return "tcx." + name["ordered_".Length..];
        foreach (string member in s_nested)
        {
            if (name.StartsWith(member + "_", StringComparison.Ordinal)) return $"{member}.{name[(member.Length + 1)..]}";
        }

        return name;
    }

    private static void AssertStructure(CDeclarations c, Type type, string structure, string? except = null)
    {
        string subject = structure["struct ".Length..];
        c.Assert(subject, $"sizeof({structure}) == {SizeOf(type)}");
        AssertFields(c, subject, type, structure, "", Same, except: except);
    }

    private static void AssertFields(CDeclarations c, string subject, Type type, string structure, string prefix,
        Func<string, string> rename, bool sizes = true, string? except = null, Func<string, bool>? isThere = null)
    {
        c.Assert(subject, $"sizeof({structure}) > 0");
        FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public);
        Assert.NotEmpty(fields);
        foreach (FieldInfo field in fields.Where(field => field.Name != except))
        {
            string member = prefix + rename(field.Name), from = prefix.Length == 0 ? "0" : $"offsetof({structure}, {prefix[..^1]})";
            if (isThere?.Invoke(member) == false) continue;
            c.Assert(subject, $"offsetof({structure}, {member}) - {from} == {(int)Marshal.OffsetOf(type, field.Name)}");
            if (sizes) c.Assert(subject, $"sizeof((({structure} *)0)->{member}) == {SizeOf(field.FieldType)}");
        }
    }

    private static int SizeOf(Type type) =>
        type.IsPointer ? 8 : type == typeof(ObjectName) ? ObjectName.Length : type == typeof(nuint) ? 8 : Marshal.SizeOf(type);
}
