using System.Text;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>Pins, objects by id, runs, BTF, tokens; names that would harm a terminal.</summary>
public sealed class ObjectTests
{
    [Fact]
    public void Each_is_told_with_its_ids_and_paths()
    {
        Requires.Root();
        using var scratch = new Scratch();
        Watched watched = Watched(scratch, "");
        JsonElement made = watched.Answers[0];
        string pin = Encoding.UTF8.GetString(made.Bytes("pin")), odd = Encoding.UTF8.GetString(made.Bytes("odd"));
        JsonElement[] pins = [.. watched.Of("obj_pin")], gets = [.. watched.Of("obj_get")];
        Assert.Equal([pin, odd], pins.Select(e => e.Text("attr.pathname")));
        Assert.Equal(made.Number("map"), pins[0].Number("map.id"));
        Assert.Equal(made.Number("prog"), pins[1].Number("prog.id"));
        Assert.Equal(made.Number("map"), gets[0].Number("map.id"));
        Assert.Equal("pinned_map", gets[0].Text("map.name"));
        Assert.Equal("/nonexistent/pin", gets[1].Text("attr.pathname"));
        Assert.Equal("ENOENT", gets[1].Text("error"));
        JsonElement btf = watched.Only("btf_load");
        Assert.Equal(made.Number("btf"), btf.Number("btf.id"));
        Assert.Equal(45, btf.Number("btf.size"));
        Assert.Contains("INT int", btf.Text("btf.log"), StringComparison.Ordinal);
        JsonElement[] maps = [.. watched.Of("map_get_fd_by_id")];
        Assert.Equal(made.Number("map"), maps[0].Number("map.id"));
        Assert.Equal(made.Number("map"), maps[0].Number("attr.map_id"));
        Assert.Equal("ENOENT", maps[1].Text("error"));
        Assert.Equal(0x7ffffff0, maps[1].Number("attr.map_id"));
        Assert.Equal(made.Number("prog"), watched.Only("prog_get_fd_by_id").Number("prog.id"));
        Assert.Equal("runner", watched.Only("prog_get_fd_by_id").Text("prog.name"));
        Assert.Equal(made.Number("btf"), watched.Only("btf_get_fd_by_id").Number("btf.id"));
        JsonElement run = watched.Only("prog_test_run");
        Assert.Equal(made.Number("prog"), run.Number("prog.id"));
        Assert.Equal(made.Number("retval"), run.Number("attr.retval"));
        Assert.Equal(3, run.Number("attr.repeat"));
        Assert.Equal(64, run.Number("attr.data_size_in"));
        Assert.Equal(made.Number("map"), watched.Only("map_freeze").Number("map.id"));
        Assert.Equal(made.Number("map"), watched.Only("prog_bind_map").Number("map.id"));
        Assert.Equal(made.Number("prog"), watched.Only("prog_bind_map").Number("prog.id"));
        Assert.Equal(made.Number("stats"), watched.Only("enable_stats").Number("ret"));
        JsonElement token = watched.Only("token_create");
        Assert.Equal(made.Number("token"), token.Number("ret"));
        Assert.Equal(made.Number("directory"), token.Number("attr.bpffs_fd"));
        Assert.All(watched.Events.Where(e => e.Text("exe") == CProgram.Path("objects.c")), e => Assert.Equal("\e[2Jobj\"", e.Text("comm")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-v")]
    [InlineData("--insns")]
    public void Text_holds_no_byte_that_steers_a_terminal(string options)
    {
        Requires.Root();
        using var scratch = new Scratch();
        string file = scratch.File("text");
        string[] words = ["watch", .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-o", file, "--", .. Command(scratch)];
        SkepBinary.Run(words).Succeeds();
        byte[] text = File.ReadAllBytes(file);
        Assert.DoesNotContain(text, b => (b < 0x20 && b != '\n') || b == 0x7f);
        Assert.Contains(@"\x1b[2Jobj""", Encoding.UTF8.GetString(text), StringComparison.Ordinal);
        Assert.Contains(@"\x1b[31mred""", Encoding.UTF8.GetString(text).Replace(@"\""", "\"", StringComparison.Ordinal),
            StringComparison.Ordinal);
    }

    private static Watched Watched(Scratch scratch, string options) => SkepBinary.Watch(options, Command(scratch)).Succeeded();

    // A bpffs in a mount namespace of its own: nothing stays pinned.
    private static string[] Command(Scratch scratch)
    {
        string directory = Directory.CreateDirectory(scratch.File("bpffs")).FullName;
        return ["unshare", "-m", "sh", "-c", $"mount -t bpf bpf {directory} && exec {CProgram.Path("objects.c")} {directory}"];
    }
}
