using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Skep.Bpf.Interop;
using Skep.Linux.Events;
using Skep.Linux.Interop;
using Skep.Linux.Kernel;
using Skep.Linux.Streams;

namespace Skep.Bpf.Tests;

/// <summary>
/// Each structure shared with the kernel, libbpf or the C library against their own declarations: a C file of <c>_Static_assert</c>s is
/// made and compiled. The kernel's come from its BTF by bpftool, so they are those of the running kernel.
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
    ];

    // Members of members: a field named tcx_relative_fd is tcx.relative_fd there.
    private static readonly string[] s_nested =
    [
        "perf_event", "tracing", "netfilter", "kprobe_multi", "uprobe_multi", "kprobe", "uprobe", "tracepoint", "event",
    ];

    [Fact]
    public void Kernel_structures_are_laid_out_as_the_kernels()
    {
        var c = new StringBuilder();
        c.AppendLine("#define offsetof(t, m) __builtin_offsetof(t, m)");
        c.AppendLine(Tool.Run(Tool.Bpftool, "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"));
        foreach ((Type type, string member) in s_attributes)
            AssertFields(
                c, type, "union bpf_attr", member.Length == 0 ? "" : member + ".", type == typeof(LinkCreateAttr) ? Nested : static n => n);
        AssertStructure(c, typeof(bpf_prog_info), "struct bpf_prog_info", except: "gpl_compatible");
        c.AppendLine("_Static_assert(offsetof(struct bpf_prog_info, ifindex) + 4 == 84, \"gpl_compatible\");");
        AssertStructure(c, typeof(bpf_map_info), "struct bpf_map_info");
        AssertStructure(c, typeof(bpf_btf_info), "struct bpf_btf_info");
        AssertFields(c, typeof(bpf_link_info), "struct bpf_link_info", "", static n => n, sizes: false);
        AssertFields(c, typeof(bpf_link_info.raw_tracepoint_info), "struct bpf_link_info", "raw_tracepoint.", static n => n);
        AssertFields(c, typeof(bpf_link_info.tracing_info), "struct bpf_link_info", "tracing.", static n => n);
        AssertFields(c, typeof(bpf_link_info.cgroup_info), "struct bpf_link_info", "cgroup.", static n => n);
        AssertFields(c, typeof(bpf_link_info.iter_info), "struct bpf_link_info", "iter.", static n => n switch
        {
            "map_id" => "map.map_id",
            "cgroup_id" => "cgroup.cgroup_id",
            "order" => "cgroup.order",
            "tid" => "task.tid",
            "pid" => "task.pid",
            _ => n,
        });
        AssertFields(c, typeof(bpf_link_info.netns_info), "struct bpf_link_info", "netns.", static n => n);
        AssertFields(c, typeof(bpf_link_info.device_info), "struct bpf_link_info", "tcx.", static n => n);
        AssertFields(c, typeof(bpf_link_info.device_info), "struct bpf_link_info", "netkit.", static n => n);
        AssertFields(c, typeof(bpf_link_info.struct_ops_info), "struct bpf_link_info", "struct_ops.", static n => n);
        AssertFields(c, typeof(bpf_link_info.netfilter_info), "struct bpf_link_info", "netfilter.", static n => n);
        AssertFields(c, typeof(bpf_link_info.kprobe_multi_info), "struct bpf_link_info", "kprobe_multi.", static n => n);
        AssertFields(c, typeof(bpf_link_info.uprobe_multi_info), "struct bpf_link_info", "uprobe_multi.", static n => n);
        AssertFields(c, typeof(bpf_link_info.perf_event_info), "struct bpf_link_info", "perf_event.", static n => n switch
        {
            "type" => "type",
            "name" => "kprobe.func_name",
            "name_len" => "uprobe.name_len",
            "offset" => "uprobe.offset",
            _ => Nested(n),
        });
        AssertFields(c, typeof(bpf_link_info.sockmap_info), "struct bpf_link_info", "sockmap.", static n => n);
        AssertFields(c, typeof(ProgramEvents.perf_event_attr), "struct perf_event_attr", "", static n => n, except: "flags");
        c.AppendLine("_Static_assert(offsetof(struct perf_event_attr, read_format) + 8 == 40, \"perf_event_attr flags\");");
        c.AppendLine($"_Static_assert(offsetof(struct perf_event_mmap_page, data_head) == {PerfRing.HeadOffset}, \"data_head\");");
        c.AppendLine($"_Static_assert(offsetof(struct perf_event_mmap_page, data_tail) == {PerfRing.TailOffset}, \"data_tail\");");
        Compile(c.ToString());
    }

    [Fact]
    public void Library_structures_are_laid_out_as_the_libraries()
    {
        var c = new StringBuilder();
        c.AppendLine(
            "#define _GNU_SOURCE\n#include <stddef.h>\n#include <spawn.h>\n#include <signal.h>\n#include <sys/epoll.h>\n#include "
            + "<sys/resource.h>\n#include <termios.h>\n#include <sys/ioctl.h>\n#include <sys/stat.h>\n#include <fcntl.h>\n#include "
            + "<bpf/libbpf.h>");
        AssertStructure(c, typeof(LibBpf.bpf_object_open_opts), "struct bpf_object_open_opts", except: "unused");
        c.AppendLine(
            $"_Static_assert(sizeof(struct termios) == {Terminal.TermiosSize} && sizeof(struct winsize) == 8 && TIOCGWINSZ == 0x5413 && "
            + $"TCSAFLUSH == 2, \"termios\");");
        AssertStructure(c, typeof(EventPoll.epoll_event), "struct epoll_event");
        AssertStructure(c, typeof(MemlockLimit.ResourceLimit), "struct rlimit");
        AssertStructure(c, typeof(FileStatus.Statx), "struct statx");
        c.AppendLine(
            $"_Static_assert(O_NOFOLLOW == {Libc.O_NOFOLLOW} && O_DIRECTORY == {Libc.O_DIRECTORY} && O_CREAT == {Libc.O_CREAT} && O_EXCL "
            + $"== {Libc.O_EXCL} && O_NONBLOCK == {Libc.O_NONBLOCK}, \"open\");");
        c.AppendLine(
            "_Static_assert(sizeof(posix_spawn_file_actions_t) == 80 && sizeof(posix_spawnattr_t) == 336 && sizeof(sigset_t) == 128, "
            + "\"spawn\");");
        Compile(c.ToString());
    }

    [Fact]
    public void Numbers_are_the_kernels()
    {
        var c = new StringBuilder(Tool.Run(Tool.Bpftool, "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"));
        AssertNumbers<BpfProgramType>(c, "BPF_PROG_TYPE_");
        AssertNumbers<BpfMapType>(c, "BPF_MAP_TYPE_");
        AssertNumbers<BpfLinkType>(c, "BPF_LINK_TYPE_");
        AssertNumbers<BpfAttachType>(c, "BPF_");
        AssertNumbers<BpfCommand>(c, "BPF_");
        foreach (BtfKind kind in Enum.GetValues<BtfKind>().Except([BtfKind.Void]))
            c.AppendLine(
                $"_Static_assert(BTF_KIND_{(kind == BtfKind.Forward ? "FWD" : Snake(kind.ToString()).Replace("DATA_SEC", "DATASEC"))} == "
                + $"{(int)kind}, \"{kind}\");");
        Compile(c.ToString());
    }

    private static void AssertNumbers<T>(StringBuilder c, string prefix) where T : struct, Enum
    {
        string[] names = typeof(T) == typeof(BpfProgramType) ? Names(static n => ((BpfProgramType)n).Name(), BpfProgramTypeNames.KnownCount)
            : typeof(T) == typeof(BpfMapType) ? Names(static n => ((BpfMapType)n).Name(), BpfMapTypeNames.KnownCount)
            : typeof(T) == typeof(BpfLinkType) ? Names(static n => ((BpfLinkType)n).Name(), BpfLinkTypeNames.KnownCount)
            : typeof(T) == typeof(BpfAttachType) ? Names(static n => ((BpfAttachType)n).Name(), BpfAttachTypeNames.KnownCount)
            : Names(static n => ((BpfCommand)n).Name(), BpfCommandNames.KnownCount);
        // The kernel that this runs on knows no more than these.
        string end = typeof(T) == typeof(BpfCommand)
            ? "__MAX_BPF_CMD"
            : typeof(T) == typeof(BpfAttachType)
            ? "__MAX_BPF_ATTACH_TYPE"
            : $"__MAX_{prefix[..^1]}";
        c.AppendLine($"_Static_assert({end} <= {names.Length}, \"{end}\");");

        // What a later kernel adds, this one does not declare.
        int known = int.Parse(Regex.Match(c.ToString(), $@"\b{end} = (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
        for (int i = 0; i < Math.Min(names.Length, known); i++)
            c.AppendLine($"_Static_assert({prefix}{names[i].ToUpperInvariant()} == {i}, \"{names[i]}\");");
    }

    private static string[] Names(Func<int, string> name, int count) => [.. Enumerable.Range(0, count).Select(name)];

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

    private static void AssertStructure(StringBuilder c, Type type, string structure, string? except = null)
    {
        c.AppendLine($"_Static_assert(sizeof({structure}) == {SizeOf(type)}, \"size of {structure}\");");
        AssertFields(c, type, structure, "", static n => n, except: except);
    }

    private static void AssertFields(
        StringBuilder c, Type type, string structure, string prefix, Func<string, string> rename, bool sizes = true, string? except = null)
    {
        FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public);
        Assert.NotEmpty(fields);
        foreach (FieldInfo field in fields)
        {
            if (field.Name == except) continue;
            string member = prefix + rename(field.Name);
            int offset = (int)Marshal.OffsetOf(type, field.Name);
            string from = prefix.Length == 0 ? "0" : $"offsetof({structure}, {prefix[..^1]})";
            c.AppendLine($"_Static_assert(offsetof({structure}, {member}) - {from} == {offset}, \"{type.Name}.{field.Name}\");");
            if (sizes)
                c.AppendLine(
                    $"_Static_assert(sizeof((({structure} *)0)->{member}) == {SizeOf(field.FieldType)}, \"{type.Name}.{field.Name}\");");
        }
    }

    private static int SizeOf(Type type) =>
        type.IsPointer ? 8 : type == typeof(ObjectName) ? ObjectName.Length : type == typeof(nuint) ? 8 : Marshal.SizeOf(type);

    private static void Compile(string source)
    {
        string path = Path.Combine(Path.GetTempPath(), $"skep-layout-{Environment.ProcessId}-{source.Length}.c");
        try
        {
            File.WriteAllText(path, source);
            (int code, _, string error) = Tool.Try(Tool.Clang, "-w", "-fsyntax-only", path);
            Assert.True(code == 0, error);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
