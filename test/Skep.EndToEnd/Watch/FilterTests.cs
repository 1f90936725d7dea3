using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary>What restricts a watch.</summary>
public sealed class FilterTests
{
    private static readonly string[] Poster = [CProgram.Path("loads.c"), "poster"];
    private static readonly string[] Objects = ["sh", "-c",
        $"{CProgram.Path("loads.c")} poster; {CProgram.Path("loads.c")} reject 0 0; {CProgram.Path("identity.c", "-lpthread")} setuid"];

    [Theory]
    [InlineData("--cmd map_create", "map_create map_create")]
    [InlineData("--cmd prog_load,map_create", "map_create prog_load prog_load map_create")]
    [InlineData("--cmd prog_load --cmd map_create", "map_create prog_load prog_load map_create")]
    [InlineData("--type ringbuf", "map_create obj_get_info_by_fd")]
    [InlineData("--type tracepoint --cmd prog_load", "prog_load")]
    [InlineData("--type socket_filter", "prog_load")]
    [InlineData("--uid 65534", "map_create")]
    [InlineData("--failed", "prog_load map_create")]
    [InlineData("--failed --uid 0", "prog_load")]
    [InlineData("--comm ringbuf_submit --cmd prog_load", "prog_load")]
    [InlineData("--comm nobody_has_this", "")]
    [InlineData("-n 1", "map_create")]
    [InlineData("-n 2", "map_create prog_load")]
    [InlineData("--cmd 99", "")]
    public void Lets_through_what_it_names(string options, string commands)
    {
        Watched watched = SkepBinary.Watch(options, Objects);
        Assert.Equal(commands, string.Join(' ', watched.Events.Select(e => e.Text("cmd"))));
        Assert.Equal(0, watched.Lost);
    }

    [Fact]
    public void Only_the_command_and_its_children_are_watched()
    {
        Requires.Root();
        using Process other = Tool.Start("sh", ["-c", $"while read line; do {CProgram.Path("loads.c")} reject 0 0; done"]);
        Watched watched = SkepBinary.Watch("", "sh", "-c",
            $"echo go > /proc/{other.Id}/fd/0; sleep 0.3; ( {string.Join(' ', Poster)} & wait )");
        other.StandardInput.Close();
        other.WaitForExit();
        Assert.Contains("\"ret\":-13", other.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal(["map_create", "prog_load"],
            watched.Events.Where(e => e.Text("cmd") != "obj_get_info_by_fd").Select(e => e.Text("cmd")));
    }

    [Fact]
    public async Task A_process_is_watched_by_its_id()
    {
        Requires.Root();
        using var scratch = new Scratch();
        string file = scratch.File("events");
        using Process one = Tool.Start(CProgram.Path("identity.c", "-lpthread"), ["wait"]),
            two = Tool.Start(CProgram.Path("identity.c", "-lpthread"), ["wait"]);
        using Process skep = SkepBinary.Start("watch", "-j", "-o", file, "--pid", $"{one.Id}", "-n", "1");
        Assert.Contains("watching", await skep.StandardError.ReadLineAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        foreach (Process process in (Process[])[two, one])
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await skep.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, skep.ExitCode);
        Assert.Equal(one.Id, Assert.Single(SkepBinary.Events(file)).Number("pid"));
    }

    [Theory]
    [InlineData("--failed=false", false)]
    [InlineData("--self", true)]
    [InlineData("--no-self", false)]
    [InlineData("--no-self=false", true)]
    public void Skep_itself_is_left_out_unless_asked_for(string option, bool shown)
    {
        Requires.Root();
        using var scratch = new Scratch();
        string file = scratch.File("events");
        using Process skep = SkepBinary.Start("watch", "-j", "-o", file, "--duration", "3s", option);
        skep.WaitForExit();
        Assert.Equal(0, skep.ExitCode);
        // It reads its counters once a second.
        Assert.Equal(shown, SkepBinary.Events(file).Any(e => e.Number("pid") == skep.Id));
    }
}
