using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>
/// A machine with the programs of <c>Scenes/traced.bpf.c</c>: one at XDP and one at tc of v1, whose peer v0 sends what a test wants.
/// </summary>
public sealed class TracedMachine : IDisposable
{
    private const string Pins = "/sys/fs/bpf/skep-traced";

    private readonly TestNamespace _inside = new();

    public TracedMachine()
    {
        _inside.Ip("link add v0 type veth peer name v1");
        foreach (string device in (string[])["v0", "v1"]) _inside.Ip($"link set {device} addrgenmode none arp off up");
        Tool.Run("mkdir", "-p", Pins);
        Tool.Run("bpftool", "prog", "loadall", Built.TracedObject, Pins);
        Attach("traced_xdp");
        Run(_inside.Inside(Tool.Find("tc"), "qdisc", "add", "dev", "v1", "clsact"));
        Run(_inside.Inside(
            Tool.Find("tc"), "filter", "add", "dev", "v1", "ingress", "bpf", "direct-action", "object-pinned", $"{Pins}/traced_tc"));
        string blocked = MapOf("blocked").ToString(CultureInfo.InvariantCulture);
        Tool.Run("bpftool", "map", "update", "id", blocked, "key", "0", "0", "0", "0", "value", "53", "0", "0", "0");
    }

    /// <summary>The pin of a program.</summary>
    internal static string Pin(string program) => $"{Pins}/{program}";

    internal static uint IdOf(string program) => (uint)Tool.BpftoolJson("prog", "show", "pinned", Pin(program))["id"]!;

    public void Dispose()
    {
        _inside.Dispose();
        Tool.Run("rm", "-r", Pins);
    }

    /// <summary>Sends UDP packets to ports of v1, one each.</summary>
    internal void Send(params int[] ports)
    {
        string[] packets = [.. ports.SelectMany(port => new[] { "--packet", $"udp 10.0.0.1:1000 > 10.0.0.2:{port}" })];
        Run(_inside.Inside([
            SkepBinary.Path, "gen", "v0", .. packets, "-n", ports.Length.ToString(CultureInfo.InvariantCulture)]));
    }

    /// <summary>Puts another program in the place of that at XDP.</summary>
    internal void Attach(string program) =>

        // A path: nsenter of busybox runs its own ip else.
        Run(_inside.Inside(Tool.Find("ip"), "-force", "link", "set", "dev", "v1", "xdpdrv", "pinned", Pin(program)));

    /// <summary>Traces while packets are sent; what was printed until it ended.</summary>
    /// <param name="send">Sends them, once the trace is attached.</param>
    /// <param name="arguments">Of <c>skep trace</c>.</param>
    internal static Outcome Trace(Action send, params string[] arguments) => Trace(send, Tool.Finish, arguments);

    private static Outcome Trace(Action send, Func<Process, Outcome> end, string[] arguments)
    {
        using Process process = SkepBinary.Start(["trace", .. arguments]);
        string? first = process.StandardError.ReadLine();
        if (first?.EndsWith("Ctrl-C ends it", StringComparison.Ordinal) != true)
            Assert.Fail($"skep trace {string.Join(' ', arguments)}: {first}\n{Tool.Finish(process).Error}");
        try
        {
            send();
            return end(process);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    /// <summary>The same, as JSON: the objects that were printed, and the last of them.</summary>
    internal static (JsonElement[] Events, JsonElement End) TraceJson(Action send, params string[] arguments) =>
        Parse(Trace(send, [.. arguments, "-j"]));

    /// <summary>The same of a trace that has no end of its own: it is ended a moment after the packets were sent.</summary>
    internal static (JsonElement[] Events, JsonElement End) TraceAll(Action send, params string[] arguments) =>
        Parse(Trace(send, EndLater, [.. arguments, "-j"]));

    private static Outcome EndLater(Process process)
    {
        Thread.Sleep(TimeSpan.FromSeconds(1));
        return Tool.End(process, "INT");
    }

    private static (JsonElement[] Events, JsonElement End) Parse(Outcome outcome)
    {
        Assert.True(outcome.Code == 0, outcome.Error);
        JsonElement[] all = [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];
        Assert.Equal("end", all[^1].Text("event"));
        return (all[..^1], all[^1]);
    }

    private static void Run(string[] words) => Tool.Run(words[0], words[1..]);

    private static uint MapOf(string name) =>
        (uint)Tool.BpftoolJson("map", "show").AsArray().Last(map => (string?)map!["name"] == name)!["id"]!;
}
