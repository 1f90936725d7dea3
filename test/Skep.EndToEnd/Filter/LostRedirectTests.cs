using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Filter;

/// <summary>Packets that rules send to where they do not arrive, counted by the script of docs/filter.md as it is written.</summary>
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
        try
        {
            while (counting.StandardOutput.ReadLine() is { } line && line != "attached") { }
            for (int i = 0; i < Redirected; i++) veth.Send(7000);
            for (int i = 0; i < SentBack; i++) veth.Send(7001);
            Tool.Until(() => Counted(veth) == (Redirected, SentBack), "what rules decided");
            Outcome counted = Tool.End(counting, "INT");
            string[] lines = counted.Output.Split('\n');
            Assert.Contains(
                Line("redirect", Redirected, ProgramOf(veth), IndexOf(veth, "t0"), -NotSupported), lines);
            Assert.Contains(Line("tx", SentBack, IndexOf(veth, "v1"), -NoSuchDevice), lines);
        }
        finally
        {
            if (!counting.HasExited) counting.Kill();
        }
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
