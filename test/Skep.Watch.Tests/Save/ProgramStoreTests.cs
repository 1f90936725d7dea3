using System.Text.Json;
using Skep.Watch.Events;
using Skep.Watch.Save;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Save;

public sealed class ProgramStoreTests : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"skep-store-{Guid.NewGuid():N}", "deep");

    [Fact]
    public void A_program_is_kept_as_bytes_object_and_description()
    {
        new ProgramStore(_directory).Keep(SampleEvents.Load);
        string hash = SampleEvents.Load.Program!.Code!.Sha256!;
        Assert.Equal([hash + ".bin", hash + ".json", hash + ".o"], Files());
        Assert.Equal(SampleEvents.Code, File.ReadAllBytes(Path.Combine(_directory, hash + ".bin")));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_directory, hash + ".json")));
        Assert.Equal(hash, json.RootElement.GetProperty("prog").GetProperty("sha256").GetString());
        string listing = Tool.Run(Tool.Objdump, "-d", Path.Combine(_directory, hash + ".o"));
        Assert.Matches(@"section xdp:\n\n0+ <drop>:\n +0:\tb7 00 00 00 34 12 00 00\tr0 = 4660\n +1:\t95 00 00 00 00 00 00 00\texit\n",
            listing);
    }

    [Fact]
    public void A_program_is_kept_once_by_any_store()
    {
        var store = new ProgramStore(_directory);
        store.Keep(SampleEvents.Load);
        string json = Path.Combine(_directory, Files().Single(f => f.EndsWith(".json", StringComparison.Ordinal)));
        byte[] first = File.ReadAllBytes(json);
        BpfEvent later = SampleEvents.Load with { Sequence = 99 };
        store.Keep(later);
        new ProgramStore(_directory).Keep(later);
        Assert.Equal(first, File.ReadAllBytes(json));
        Assert.Equal(3, Files().Length);
    }

    [Fact]
    public void What_was_begun_and_not_ended_is_done_again()
    {
        string hash = SampleEvents.Load.Program!.Code!.Sha256!;
        Directory.CreateDirectory(_directory);
        File.WriteAllText(Path.Combine(_directory, hash + ".bin"), "broken");
        new ProgramStore(_directory).Keep(SampleEvents.Load);
        Assert.Equal(SampleEvents.Code, File.ReadAllBytes(Path.Combine(_directory, hash + ".bin")));
        Assert.Equal(3, Files().Length);
    }

    [Fact]
    public void A_link_that_another_planted_is_not_followed_and_files_are_the_users_alone()
    {
        string hash = SampleEvents.Load.Program!.Code!.Sha256!;
        Directory.CreateDirectory(_directory);
        string victim = Path.Combine(_directory, "victim");
        File.WriteAllText(victim, "kept");
        foreach (string name in (string[])[hash + ".bin", hash + ".bin.partial", hash + ".o", hash + ".o.partial", hash + ".json.partial"])
            File.CreateSymbolicLink(Path.Combine(_directory, name), victim);
        new ProgramStore(_directory).Keep(SampleEvents.Load);
        Assert.Equal("kept", File.ReadAllText(victim));
        Assert.All((string[])[".bin", ".o", ".json"], end =>
        {
            var file = new FileInfo(Path.Combine(_directory, hash + end));
            Assert.Null(file.LinkTarget);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode);
        });
    }

    [Fact]
    public void Classic_code_has_no_object()
    {
        new ProgramStore(_directory).Keep(SampleEvents.Attach);
        Assert.Equal([".bin", ".json"], Files().Select(Path.GetExtension));
    }

    [Fact]
    public void What_is_not_whole_is_not_kept()
    {
        var store = new ProgramStore(_directory);
        store.Keep(SampleEvents.Map);
        CodeDetails part = SampleEvents.Load.Program!.Code! with { IsWhole = false };
        store.Keep(SampleEvents.Load with { Program = SampleEvents.Load.Program! with { Code = part } });
        store.Keep(SampleEvents.Load with { Program = new ProgramDetails { Id = 1 } });
        Assert.Empty(Files());
    }

    [Fact]
    public void A_hostile_name_is_a_symbol_and_no_path()
    {
        new ProgramStore(_directory)
            .Keep(SampleEvents.Load with { Program = SampleEvents.Load.Program! with { Name = "../\e[1m\0é", License = null } });
        string file = Path.Combine(_directory, Files().Single(f => f.EndsWith(".o", StringComparison.Ordinal)));
        Assert.Matches(@"<[A-Za-z0-9_.]+>:\n", Tool.Run(Tool.Objdump, "-d", file));
        Assert.Equal([_directory], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(_directory)!));
    }

    [Fact]
    public void The_sink_keeps_and_passes_on()
    {
        var next = new Collector();
        var sink = new SavingSink(new ProgramStore(_directory), next, Assert.Fail);
        sink.Write(SampleEvents.Load);
        sink.Write(SampleEvents.Map);
        sink.Flush();
        Assert.Equal(["prog_load", "map_create"], next.Commands);
        Assert.Equal(1, next.Flushes);
        Assert.Equal(3, Files().Length);
    }

    public void Dispose()
    {
        string parent = Path.GetDirectoryName(_directory)!;
        if (Directory.Exists(parent)) Directory.Delete(parent, recursive: true);
    }

    private string[] Files() => [.. Directory.EnumerateFiles(_directory).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private sealed class Collector : IEventSink
    {
        public List<string> Commands { get; } = [];

        public int Flushes { get; private set; }

        public void Write(BpfEvent e) => Commands.Add(e.Command);

        public void Flush() => Flushes++;
    }
}
