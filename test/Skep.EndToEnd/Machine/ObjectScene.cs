using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Skep.EndToEnd.Machine;

/// <summary>A busy machine: links of every kind, tools at work, filters, perf events, a ring buffer, struct_ops.</summary>
public sealed class ObjectScene : IDisposable
{
    private const int Patience = 120;
    private static readonly string[] Tools = ["execsnoop", "opensnoop -p 1", "filelife", "tcpconnlat", "solisten"];

    private readonly Scratch _scratch = new();
    private readonly List<Process> _held = [];
    private readonly List<string> _holds = [];
    private readonly Process _submit;

    public ObjectScene()
    {
        // Kernels before 6.7 have no netkit.
        Tool.Try("ip", "link", "add", "kit", "type", "netkit");
        string printed = _scratch.File("links.out");
        Links = Hold("links", "sh", "-c", $"exec {Built.Links} {Built.LinksObject} kit >{printed}");
        Hold("tools", "sh", [Built.ToolsAtWork, .. Tools]);
        Hold("calls", Built.Calls, "classic", "elements", "perf");
        _submit = Tool.Start(Built.RingbufSubmit, Built.RingbufSubmitObject, "3600");
        Tool.Run("bpftool", "struct_ops", "register", Built.CongestionObject);
        foreach (string hold in _holds) Tool.Until(() => File.Exists(hold), hold, Patience);
        Attached = WatchLinkTests.AttachedBy(File.ReadAllText(printed));
    }

    /// <summary>The process that holds the links of Scenes/links.bpf.c.</summary>
    internal Process Links { get; }

    /// <summary>The programs that it has attached.</summary>
    internal string[] Attached { get; }

    /// <summary>The identifiers of the programs whose names match.</summary>
    internal static long[] Named(string pattern) =>
        [.. Programs().Where(
            program => Regex.IsMatch((string?)program["name"] ?? "", $"^({pattern})$")).Select(program => (long)program["id"]!)];

    /// <summary>The identifiers of the programs, one for each code.</summary>
    internal static long[] Distinct() =>
        [.. Programs().GroupBy(program => (string?)program["tag"]).Select(same => (long)same.First()["id"]!)];

    public void Dispose()
    {
        foreach (string hold in _holds) File.Delete(hold);
        foreach (Process process in _held)
        {
            Tool.Finish(process);
            process.Dispose();
        }

        _submit.Kill();
        _submit.WaitForExit();
        _submit.Dispose();
        Tool.Try("bpftool", "struct_ops", "unregister", "name", "congestion");
        Tool.Try("ip", "link", "del", "kit");
        _scratch.Dispose();
    }

    private static IEnumerable<JsonNode> Programs() => Tool.BpftoolJson("prog", "list").AsArray().Select(program => program!);

    private Process Hold(string name, string file, params string[] arguments)
    {
        string hold = _scratch.File($"hold-{name}");
        _holds.Add(hold);
        Process process = Tool.Start(file, arguments, ("HOLD", hold), ("LOGS", _scratch.Path));
        _held.Add(process);
        return process;
    }
}

/// <summary>All tests see the same scene.</summary>
[CollectionDefinition(nameof(ObjectScene))]
public sealed class ObjectSceneCollection : ICollectionFixture<ObjectScene>;
