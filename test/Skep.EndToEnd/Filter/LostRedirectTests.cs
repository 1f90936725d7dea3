using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>Packets that rules send to where they do not arrive, counted by skep and by bpftrace.</summary>
[Collection("filter")]
[Trait("level", "kernel")]
public sealed class LostRedirectTests
{
    private const int Redirected = 3, SentBack = 2, NotSupported = 95, NoSuchDevice = 6;

    [Fact]
    public void What_the_kernel_could_not_send_is_counted_by_program_device_and_error()
    {
        Requires.Root();
        Requires.Installed("bpftrace");
        Requires.Kernel(6, 3);
        using var veth = new FilteredVeth();
        using var scratch = new Scratch();

        // Neither t1 nor v0 has a program.
        Tool.Run("ip", "-n", veth.Namespace, "link", "add", "t0", "type", "veth", "peer", "name", "t1");
        foreach (string device in (string[])["t0", "t1"]) Tool.Run("ip", "-n", veth.Namespace, "link", "set", device, "up");
        veth.Apply("mode native\nudp dport 7000 redirect t0\nudp dport 7001 tx");

        // Nothing of what it prints is read before all is attached.
        string script = scratch.Write("lost.bt", $"{Script()}\ninterval:ms:100 {{ printf(\"attached\\n\"); }}\n");
        using Process counting = Tool.Start("bpftrace", script);
        using Process stats = Stats(veth);
        try
        {
            while (counting.StandardOutput.ReadLine() is { } line && line != "attached") { }
            Assert.Empty(NextLost(stats));
            for (int i = 0; i < Redirected; i++) veth.Send(7000);
            for (int i = 0; i < SentBack; i++) veth.Send(7001);
            Tool.Until(() => Counted(veth) == (Redirected, SentBack), "what rules decided");
            Outcome counted = Tool.End(counting, "INT");
            string[] lines = counted.Output.Split('\n');
            Assert.Contains(
                Line("redirect", Redirected, ProgramOf(veth), IndexOf(veth, "t0"), -NotSupported), lines);
            Assert.Contains(Line("tx", SentBack, IndexOf(veth, "v1"), -NoSuchDevice), lines);
            Assert.Equal(
                [
                    ("xdp_redirect_err", "v1", "t0", "EOPNOTSUPP", Redirected),
                    ("xdp_bulk_tx", "v1", null, "ENXIO", SentBack),
                ],
                LastLost(stats, 2));
        }
        finally
        {
            foreach (Process one in (Process[])[counting, stats])
                if (!one.HasExited) one.Kill();
        }
    }

    [Fact]
    public void What_another_table_lost_is_not_this_table_s_and_a_replaced_one_keeps_its_count()
    {
        Requires.Root();
        Requires.Kernel(6, 3);
        using var veth = new FilteredVeth();
        using var other = new FilteredVeth();
        foreach (FilteredVeth one in (FilteredVeth[])[veth, other])
        {
            Tool.Run("ip", "-n", one.Namespace, "link", "add", "t0", "type", "veth", "peer", "name", "t1");
            one.Apply("mode generic\nudp dport 7000 redirect t0");
        }

        using Process stats = Stats(veth);
        try
        {
            // t0 is down.
            Assert.Empty(NextLost(stats));
            for (int i = 0; i < SentBack; i++) other.Send(7000);
            for (int i = 0; i < Redirected; i++) veth.Send(7000);
            Assert.Equal([("xdp_redirect_err", "v1", "t0", "ENETDOWN", Redirected)], LastLost(stats, 1));
            veth.Apply("mode generic\nudp dport 7000 redirect t0\nudp dport 7001 drop");
            veth.Send(7000);
            Tool.Until(() => NextLost(stats) is [(_, _, _, _, Redirected + 1)], "the count of both");
        }
        finally
        {
            if (!stats.HasExited) stats.Kill();
        }
    }

    [Fact]
    public void What_finds_no_room_in_the_queue_of_a_CPU_is_counted()
    {
        const int Sent = 300_000;
        Requires.Root();
        Requires.Installed("bpftrace");
        Requires.Kernel(6, 3);
        using var veth = new FilteredVeth();
        using var scratch = new Scratch();
        veth.Apply("mode native\nudp dport 7000 redirect cpu 0");
        string script = scratch.Write("lost.bt", $"{Script()}\ninterval:ms:100 {{ printf(\"attached\\n\"); }}\n");
        using Process counting = Tool.Start("bpftrace", script);
        using Process stats = Stats(veth);
        try
        {
            while (counting.StandardOutput.ReadLine() is { } line && line != "attached") { }
            Assert.Empty(NextLost(stats));

            // The sender and the thread that empties the queue share a CPU: it is full whenever the sender's turn is long.
            Tool.Run(
                "nsenter",
                [
                    $"--net=/run/netns/{veth.Peer}", "taskset", "-c", "0", SkepBinary.Path, "gen", "v0", "--packet",
                    $"udp 10.81.0.1:5 > 10.81.0.2:7000 ether 52:54:00:00:00:01 > {veth.Address}", "-n",
                    Sent.ToString(CultureInfo.InvariantCulture),
                ]);
            (string? tracepoint, string? device, string? target, string? _, long lost) = Assert.Single(LastLost(stats, 1));
            Assert.Equal(("xdp_cpumap_enqueue", null, "cpu 0"), (tracepoint, device, target));
            Assert.InRange(lost, 1, Sent);
            string[] counted =
                [.. Tool.End(counting, "INT").Output.Split('\n').Where(one => one.StartsWith("@cpu[", StringComparison.Ordinal))];
            Assert.EndsWith(string.Create(CultureInfo.InvariantCulture, $", 0]: {lost}"), Assert.Single(counted), StringComparison.Ordinal);

            // Each of the others came to the stack, which has no socket for it.
            long redirected = Counted(veth).Redirected, arrived = 0;
            Tool.Until(() => (arrived = veth.WithoutSocket()) >= redirected - lost, "what the queue took has arrived");
            Assert.Equal(redirected - lost, arrived);
        }
        finally
        {
            foreach (Process one in (Process[])[counting, stats])
                if (!one.HasExited) one.Kill();
        }
    }

    [Fact]
    public void Totals_have_none_and_say_how_they_are_counted()
    {
        Requires.Root();
        using var veth = new FilteredVeth();
        veth.Apply("udp dport 7000 drop");
        Outcome once = Tool.Try(SkepBinary.Path, "filter", "stats", veth.Table, "--mode", "lost");
        Assert.Equal(1, once.Code);
        Assert.Contains("add --interval", once.Error, StringComparison.Ordinal);
        Assert.Contains("not sent by the kernel", Tool.Run(
            SkepBinary.Path, "filter", "stats", veth.Table, "--mode", "lost", "--interval", "100ms", "-n", "1"), StringComparison.Ordinal);
    }

    private static Process Stats(FilteredVeth veth) =>
        Tool.Start(SkepBinary.Path, "filter", "stats", veth.Table, "--mode", "lost", "--interval", "100ms", "-j");

    private static (string?, string?, string?, string?, long)[] NextLost(Process stats)
    {
        string line = stats.StandardOutput.ReadLine() ?? throw new InvalidOperationException(stats.StandardError.ReadToEnd());
        return
        [
            .. Json.Parse(line).GetProperty("lost").EnumerateArray().Select(one => (
                one.Text("tracepoint"), one.Text("device"), one.Text("target"), one.Text("error"), one.Number("packets")!.Value)),
        ];
    }

    // The first lines with all that were sent, which may come in more than one interval.
    private static (string?, string?, string?, string?, long)[] LastLost(Process stats, int rows)
    {
        (string?, string?, string?, string?, long)[] lost = [], before;
        do
        {
            before = lost;
            lost = NextLost(stats);
        }
        while (lost.Length < rows || !lost.SequenceEqual(before));
        return lost;
    }

    private static (long Redirected, long SentBack) Counted(FilteredVeth veth)
    {
        JsonElement actions = Json.Parse(Tool.Run(SkepBinary.Path, "filter", "stats", veth.Table, "-j")).GetProperty("actions");
        return (Of("XDP_REDIRECT"), Of("XDP_TX"));

        long Of(string action) => actions.GetProperty(action).GetProperty("packets").GetInt64();
    }

    private static long ProgramOf(FilteredVeth veth) => Json.Parse(Tool.Run(SkepBinary.Path, "filter", "show", veth.Table, "-j"))
        .GetProperty("devices")[0].Number("prog_id")!.Value;

    private static long IndexOf(FilteredVeth veth, string device) => long.Parse(
        Tool.Run("ip", "-n", veth.Namespace, "-o", "link", "show", device).Split(':')[0], CultureInfo.InvariantCulture);

    private static string Line(string map, int count, params long[] key) =>
        string.Create(CultureInfo.InvariantCulture, $"@{map}[{string.Join(", ", key)}]: {count}");

    private static string Script()
    {
        string[] parts = File.ReadAllText(Path.Combine(Repository.Root, "docs/filter.md")).Split("```bpftrace\n");
        Assert.Equal(2, parts.Length);
        return parts[1].Split("```\n")[0];
    }
}
