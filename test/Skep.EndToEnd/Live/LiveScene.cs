using System.Diagnostics;
using Skep.EndToEnd.Filter;
using Skep.EndToEnd.Map;

namespace Skep.EndToEnd.Live;

/// <summary>
/// What the commands that go on until they are stopped look at: a table that logs, maps, a ring buffer. Something happens to all of them
/// once asked for.
/// </summary>
public sealed class LiveScene : IDisposable
{
    private readonly FilteredVeth _veth = new();
    private readonly TypedMaps _maps = new();
    private Process? _busy;

    public LiveScene() => _veth.Apply("set s { type ipv4_addr; elements = { 10.9.9.9 } }\nip saddr @s drop\nudp dport 9 log drop");

    public string Table => _veth.Table;

    /// <summary>The command that applies the table again.</summary>
    public string[] ApplyAgain => ["filter", "apply", _veth.File("rules.skep"), "--dev", "v1", "--netns", _veth.Namespace];

    public string Map(string name) => _maps.Map(name);

    /// <summary>The arguments of a command: <c>TABLE</c>, <c>MAP</c> and <c>RING</c> in them are those of the scene.</summary>
    public string[] Arguments(string command) =>
        [.. command.Split(' ').Select(
            word => word switch { "TABLE" => Table, "MAP" => _maps.Map("lru"), "RING" => _maps.Map("ring"), _ => word })];

    /// <summary>
    /// From here on a map changes, records are sent, and packets come that a rule logs. All of these are BPF system calls, or packets.
    /// </summary>
    public void Begin()
    {
        if (_busy is not null) return;
        File.WriteAllBytes(_veth.File("packet"), new byte[64]);
        string loop = $"""
            for ((i = 0; ; i++)); do
                bpftool map update pinned {_maps.Map("lru")} key 0 0 0 0 0 0 0 0 value $((i % 256)) 0 0 0 0 0 0 0
                bpftool prog run pinned {_maps.Program("jump")} data_in {_veth.File("packet")}
                echo > /dev/udp/10.81.0.2/9
                sleep 0.05
            done >/dev/null 2>&1
            """;
        _busy = Tool.Start("nsenter", $"--net=/run/netns/{_veth.Peer}", "bash", "-c", loop);
    }

    public void Dispose()
    {
        _busy?.Kill(entireProcessTree: true);
        _busy?.WaitForExit();
        _busy?.Dispose();
        _maps.Dispose();
        _veth.Dispose();
    }
}
