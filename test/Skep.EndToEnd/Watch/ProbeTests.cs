using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary><c>--no-probes</c>: the probes of the libbpf that is installed, and calls that differ from them in one thing each.</summary>
public sealed class ProbeTests
{
    private const string Near = "near_probes.c";

    [Fact]
    public void Those_of_libbpf_are_left_out_and_nothing_else()
    {
        Requires.Installed("bpftool");
        string[] all = Calls(LoadObject("")), shown = Calls(LoadObject("--no-probes"));

        // Object and program are named; libbpf's own loads are nameless, or named after it.
        string[] own = ["map_create ringbuf", "prog_load ringbuf_submit"];
        Assert.All(own, call => Assert.Contains(call, shown));
        string[] hidden = [.. all];
        foreach (string call in shown)
        {
            int at = Array.IndexOf(hidden, call);
            Assert.True(at >= 0, $"{call} is in a watch with --no-probes, but not in one without");
            hidden = [.. hidden[..at], .. hidden[(at + 1)..]];
        }

        Assert.True(hidden.Length >= 10, $"hidden: {string.Join(", ", hidden)}\nshown: {string.Join(", ", shown)}");
        Assert.All(hidden, call => Assert.Contains(call, (string[])[
            "btf_load ", "prog_load ", "prog_load libbpf_nametest", "map_create libbpf_global", "map_create libbpf_mmap",
            "map_create libbpf_det_bind", "prog_bind_map ", "link_create ", "obj_get_info_by_fd ", "prog_load det_arg_ctx"]));
        Assert.DoesNotContain(shown, call => call == "prog_load " || call.Contains("libbpf", StringComparison.Ordinal));
        Assert.Single(shown, "btf_load ");
    }

    [Fact]
    public void The_same_by_another_program_are_left_out()
    {
        Watched watched = SkepBinary.Watch("--no-probes", CProgram.Path(Near), "same").Succeeded();
        Assert.Empty(watched.Events);
        Assert.Equal(4, watched.Captured);
    }

    [Fact]
    public void What_differs_from_them_in_one_thing_is_shown()
    {
        Watched watched = SkepBinary.Watch("--no-probes", CProgram.Path(Near), "near").Succeeded();
        Assert.Equal(watched.Captured, watched.Events.Length);
        Assert.Equal(10, watched.Events.Length);
    }

    private static Watched LoadObject(string options)
    {
        string pin = $"/sys/fs/bpf/skep-test-{Guid.NewGuid():N}";
        try
        {
            return SkepBinary.Watch(options, "bpftool", "prog", "load", Repository.File("out/demo/ringbuf_submit.bpf.o"), pin).Succeeded();
        }
        finally
        {
            File.Delete(pin);
        }
    }

    private static string[] Calls(Watched watched) => [.. watched.Events.Select(e => $"{e.Text("cmd")} {Name(e)}")];

    private static string Name(JsonElement e)
    {
        foreach (string key in (string[])["prog", "map"])
            if (e.TryGetProperty(key, out JsonElement made) && made.TryGetProperty("name", out JsonElement name)) return name.GetString()!;
        return "";
    }
}
