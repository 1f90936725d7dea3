using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Prog;

/// <summary>Programs that others wrote, at work, and one that has what those lack. Gone when disposed.</summary>
public sealed class DumpScene : IDisposable
{
    private static readonly string[][] Tools =
    [
        ["opensnoop"], ["execsnoop"], ["runqlat"], ["tcplife"], ["bashreadline"], ["cpudist"],
        ["bpftrace", "-e", "tracepoint:syscalls:sys_enter_openat { @[str(args->filename)] = hist(pid); } interval:s:10 { print(@); }"],
    ];

    private readonly List<Process> _running = [];

    public DumpScene()
    {
        if (!Environment.IsPrivilegedProcess) return;
        Tool.Run("bpftool", "prog", "loadall", CProgram.Object("dump.bpf.c"), Pins);
        foreach (string[] command in Tools)
        {
            if (Tool.TryFind(command[0]) is null) continue;
            Process process = Tool.Start(command[0], command[1..]);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            _running.Add(process);
        }

        for (int i = 0; i < 100 && _running.Any(process => !process.HasExited && IdsOf(process).Length == 0); i++) Thread.Sleep(100);
        string[] ids =
        [
            .. Directory.GetFiles(Pins).Select(
                pin => $"{Json.Parse(Tool.Run("bpftool", "-j", "prog", "show", "pinned", pin)).Number("id")}"),
            .. _running.SelectMany(IdsOf)
        ];
        Programs =
        [
            .. ids.Distinct().Select(id => Json.Parse(Tool.Run("bpftool", "-j", "prog", "show", "id", id))).DistinctBy(p => p.Text("tag"))
        ];
        Own = $"{Programs.First(p => p.Text("name")!.StartsWith("dumped_program", StringComparison.Ordinal)).Number("id")}";
    }

    /// <summary>Where the programs of dump.bpf.c are pinned.</summary>
    internal string Pins { get; } = string.Create(CultureInfo.InvariantCulture, $"/sys/fs/bpf/skep-dump-{Environment.ProcessId}");

    /// <summary>What bpftool shows of each program; one of those that are equal.</summary>
    internal JsonElement[] Programs { get; } = [];

    internal IEnumerable<string> Ids => Programs.Select(p => $"{p.Number("id")}");

    /// <summary>The id of dump.bpf.c's main program.</summary>
    internal string Own { get; } = "";

    public void Dispose()
    {
        foreach (Process process in _running)
        {
            if (!process.HasExited) process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        Tool.Try("rm", "-r", Pins);
    }

    private static string[] IdsOf(Process process)
    {
        try
        {
            return [.. Directory.GetFiles($"/proc/{process.Id}/fdinfo").SelectMany(File.ReadLines)
                .Where(line => line.StartsWith("prog_id:", StringComparison.Ordinal)).Select(line => line["prog_id:".Length..].Trim())];
        }
        catch (IOException)
        {
            return [];
        }
    }
}

/// <summary>One scene for all tests of dumps.</summary>
[CollectionDefinition(nameof(DumpScene))]
public sealed class DumpSceneCollection : ICollectionFixture<DumpScene>;
