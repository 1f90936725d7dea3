namespace Skep.EndToEnd.Machine;

/// <summary>The scenes below <c>skep watch</c>, each played once.</summary>
public sealed class WatchScenes : IDisposable
{
    /// <summary>Tools of libbpf-tools that are at work at once.</summary>
    internal static readonly string[] Tools = ["execsnoop", "opensnoop", "vfsstat", "runqlat", "klockstat", "funclatency vfs_read"];

    private readonly Dictionary<string, Lazy<WatchScene>> _scenes;
    private readonly List<Scratch> _scratches = [];

    public WatchScenes()
    {
        Before = BpftoolView.Take();
        _scenes = new Dictionary<string, Lazy<WatchScene>>
        {
            ["ringbuf"] = new(Ringbuf),
            ["calls"] = new(() => Held("", Built.Calls, "fail", "classic", "elements", "perf", "int80")),
            ["compat"] = new(() => Held("", Built.Calls32, "classic", "int80")),
            ["links"] = new(() => Held("", Built.Links, Built.LinksObject)),
            ["tools"] = new(() => Held("", ["sh", Built.ToolsAtWork, .. Tools])),
            ["whole"] = new(() => Held("--elements", Built.Calls, "elements")),
        };
    }

    public static TheoryData<string> Names => ["ringbuf", "calls", "compat", "links", "tools", "whole"];

    internal BpftoolView Before { get; }

    internal WatchScene Of(string name) => _scenes[name].Value;

    public void Dispose() => _scratches.ForEach(scratch => scratch.Dispose());

    private WatchScene Held(string options, params string[] command) => WatchScene.Held(Before, NewScratch(), options, command);

    // It has no file to hold it: it stays for some seconds. bpftool fails where it meets a link that is being made.
    private WatchScene Ringbuf() => WatchScene.Run(
        Before, NewScratch(), "", [Built.RingbufSubmit, Built.RingbufSubmitObject, "8"],
        () => Tool.Try("bpftool", "link", "show").Output.Contains("perf_event", StringComparison.Ordinal), () => { });

    private Scratch NewScratch()
    {
        var scratch = new Scratch();
        _scratches.Add(scratch);
        return scratch;
    }
}

/// <summary>All tests see the same scenes.</summary>
[CollectionDefinition(nameof(WatchScenes))]
public sealed class WatchSceneCollection : ICollectionFixture<WatchScenes>;
