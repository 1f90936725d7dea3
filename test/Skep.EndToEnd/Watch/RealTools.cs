using System.Collections.Concurrent;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Programs that others wrote, each run once for all tests under skep and under the preloaded shim.</summary>
public sealed class RealTools : IAsyncLifetime
{
    private const int AtOnce = 4;

    private static readonly (string Name, string[] Command)[] All =
    [
        .. Names("bashreadline bindsnoop biolatency biopattern biosnoop biostacks biotop bitesize cachestat capable cpudist"
            + " cpufreq drsnoop execsnoop exitsnoop filelife filetop gethostlatency hardirqs klockstat llcstat mdflush"
            + " mountsnoop numamove offcputime oomkill opensnoop readahead runqlat runqlen runqslower sigsnoop slabratetop"
            + " softirqs solisten statsnoop syscount tcpconnect tcpconnlat tcplife tcprtt tcpstates tcpsynbl tcptop"
            + " tcptracer vfsstat wakeuptime ext4dist ext4slower nfsdist nfsslower xfsdist xfsslower btrfsdist btrfsslower"
            + " xdp-monitor"),
        ("funclatency", ["funclatency", "vfs_read"]),
        ("ksnoop", ["ksnoop", "trace", "vfs_read"]),
        ("syscount -L", ["syscount", "-L", "-P"]),
        ("opensnoop -p", ["opensnoop", "-p", "1", "-x"]),
        ("bpftrace tracepoint", ["bpftrace", "-e", "tracepoint:sched:sched_switch { @[comm] = count(); @h = hist(nsecs); }"]),
        ("bpftrace string",
            ["bpftrace", "-e", "tracepoint:syscalls:sys_enter_openat { printf(\"%s %s\\n\", comm, str(args->filename)); }"]),
        ("bpftrace profile", ["bpftrace", "-e", "profile:hz:99 { @[kstack] = count(); } interval:s:1 { print(@); }"]),
        ("bpftrace software", ["bpftrace", "-e", "software:page-faults:100 { @[pid] = count(); } BEGIN { printf(\"x\\n\"); }"]),
        ("bpftrace kprobe", ["bpftrace", "-e", "kprobe:vfs_read { @ = count(); }"]),
        ("bpftool feature probe", ["bpftool", "feature", "probe", "kernel"]),
    ];

    private readonly ConcurrentDictionary<string, ToolRun> _runs = new();

    /// <summary>The command of each.</summary>
    public static IReadOnlyDictionary<string, string[]> Commands { get; } = All.ToDictionary(t => t.Name, t => t.Command);

    public static TheoryData<string> Titles => [.. All.Select(t => t.Name)];

    internal ToolRun Of(string title)
    {
        Requires.Root();
        Requires.Installed(All.First(t => t.Name == title).Command[0]);
        return _runs[title];
    }

    public async ValueTask InitializeAsync()
    {
        if (!Environment.IsPrivilegedProcess) return;
        await Parallel.ForEachAsync(All, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, (tool, _) =>
        {
            if (Tool.TryFind(tool.Command[0]) is not null) _runs[tool.Name] = ToolRun.Make(tool.Command);
            return ValueTask.CompletedTask;
        });
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static (string, string[])[] Names(string names) => [.. names.Split(' ').Select(name => (name, new[] { name }))];
}

[CollectionDefinition(nameof(RealTools))]
public sealed class RealToolsCollection : ICollectionFixture<RealTools>;

/// <summary>What skep told of a program's calls, and what the shim inside of it saw.</summary>
internal sealed record ToolRun(Watched Watched, ShimCall[] Calls)
{
    // A busy machine takes longer until a tool loads anything.
    private static readonly int[] Seconds = [2, 10, 30];

    public static ToolRun Make(string[] command)
    {
        ToolRun run = null!;
        foreach (int seconds in Seconds)
        {
            run = Make(command, seconds);
            if (run.Calls.Any(call => call.Command == ShimCall.ProgLoad)) break;
        }

        return run;
    }

    private static ToolRun Make(string[] command, int seconds)
    {
        using var scratch = new Scratch();
        string log = scratch.File("shim");
        string[] underShim =
            ["env", $"LD_PRELOAD={CProgram.Shim}", $"SHIM_LOG={log}", "timeout", "-s", "INT", "-k", "20", $"{seconds}", .. command];
        Watched watched = SkepBinary.Watch("--insns", underShim);
        ShimCall[] calls = ShimCall.Read(log);
        return new ToolRun(WithoutEndedLoad(watched, calls), calls);
    }

    // The signal may come in a load, which the kernel then gives up (EAGAIN, bpf_check): the program ends before the shim can write of it.
    private static Watched WithoutEndedLoad(Watched watched, ShimCall[] calls)
    {
        int last = Array.FindLastIndex(watched.Events, e => e.Text("cmd") == "prog_load");
        if (last < 0 || watched.Events[last].Number("ret") != -11) return watched;
        long? tid = watched.Events[last].Number("tid");
        bool isWritten = calls.Count(c => c.Command == ShimCall.ProgLoad && c.Tid == tid)
            == watched.Of("prog_load").Count(e => e.Number("tid") == tid);
        return isWritten ? watched : watched with { Events = [.. watched.Events[..last], .. watched.Events[(last + 1)..]] };
    }
}
