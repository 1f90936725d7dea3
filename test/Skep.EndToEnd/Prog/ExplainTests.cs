using System.Diagnostics;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Prog;

/// <summary><c>skep prog explain</c> of programs that run, and of what <c>skep watch --save</c> kept of them.</summary>
public sealed class ExplainTests
{
    [Fact]
    public void A_running_tools_programs_are_explained_with_their_attachments_and_maps()
    {
        Requires.Root();
        Requires.Installed("opensnoop");
        using Process tool = Tool.Start("stdbuf", ["-oL", "opensnoop", "-p", "1"]);
        try
        {
            // Its heading is printed when all is loaded.
            Tool.FirstLine(tool);
            string[] ids = [.. Directory.GetFiles($"/proc/{tool.Id}/fdinfo").SelectMany(File.ReadLines)
                .Where(
                    line =>
                        line.StartsWith("prog_id:", StringComparison.Ordinal)).Select(line => line["prog_id:".Length..].Trim()).Distinct()];
            Assert.NotEmpty(ids);
            Assert.All(ids, id =>
            {
                JsonElement about = Json.Parse(SkepBinary.Run("prog", "explain", "id", id, "-j").Output);
                Assert.Equal(long.Parse(id, System.Globalization.CultureInfo.InvariantCulture), about.Number("id"));
                Assert.Equal("tracepoint", about.Text("type"));
                Assert.Contains(about.GetProperty("maps").EnumerateArray(), map => map.TryGetProperty("shared_with", out _));
                Assert.Contains("sys_e", about.Text("target"), StringComparison.Ordinal);
                SkepBinary.Run("prog", "explain", id).Succeeds();
            });
        }
        finally
        {
            tool.Kill();
            tool.WaitForExit();
        }
    }

    [Fact]
    public void Saved_bytes_are_explained_with_and_without_what_was_saved_beside()
    {
        using var scratch = new Scratch();
        string directory = scratch.File("programs"), loader = CProgram.Path("loads.c");
        SkepBinary.Watch($"--save {directory}", loader, "poster").Succeeded();
        string saved = Assert.Single(Directory.GetFiles(directory, "*.bin")), alone = scratch.File("alone.bin");
        File.Copy(saved, alone);
        JsonElement known = Json.Parse(
            SkepBinary.Run("prog", "explain", saved, "-j").Output), bytes = Json.Parse(
                SkepBinary.Run("prog", "explain", alone, "-j").Output);
        Assert.Equal("tracepoint", known.Text("type"));
        Assert.False(bytes.TryGetProperty("type", out _));
        Assert.Equal(known.GetProperty("capabilities").GetRawText(), bytes.GetProperty("capabilities").GetRawText());

        // poster() of Programs/loads.c: 24 bytes, the process id shifted down as 8 bytes, then the name.
        Assert.All((JsonElement[])[known, bytes], about =>
        {
            JsonElement record = Assert.Single(about.GetProperty("records").EnumerateArray());
            Assert.Equal(24, record.Number("size"));
            Assert.Equal(
                new (long?, long?, string?)[] { (0, 8, "process id (bpf_get_current_pid_tgid)"), (
                    8, 16, "name of the thread (bpf_get_current_comm)") },
                record.GetProperty("fields").EnumerateArray().Select(
                    field =>
                        (
                            field.Number("offset"),
                            field.Number("size"),
                            Assert.Single(field.GetProperty("stored").EnumerateArray()).Text("value"))));
        });
    }

    [Fact]
    public void What_cannot_be_explained_is_refused_with_a_reason()
    {
        using var scratch = new Scratch();
        string file = scratch.File("text");
        File.WriteAllText(file, "no code");
        Outcome outcome = SkepBinary.Run("prog", "explain", file);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("neither an ELF object", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(2, SkepBinary.Run("prog", "explain", "id", "x").Code);
    }
}
