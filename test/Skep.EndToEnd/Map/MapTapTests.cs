using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Map;

/// <summary><c>skep map tap</c> beside an owner (Programs/owner.c), who must get all that was sent, in order.</summary>
[Trait("level", "kernel")]
public sealed class MapTapTests
{
    private const int OneSize = 0, ThreeSizes = 1, WithoutWakeup = 2, WithPauses = 4;

    [Theory]
    [InlineData("ring", 1_000_000, OneSize)]
    [InlineData("ring", 50_000, OneSize | WithoutWakeup)]
    public void What_was_read_and_what_was_overwritten_is_all_that_the_owner_got(string kind, int total, int how)
    {
        (string[] records, string said, JsonElement owner) = Tap(kind, total, how, "-j");
        Assert.Equal(total, owner.Number("sent"));
        Assert.Equal(total, owner.Number("received") + owner.Number("lost"));
        Assert.Equal(0, owner.Number("wrong"));
        Match summary = Regex.Match(said, @"skep: (\d+) records read, (\d+) overwritten");
        Assert.True(summary.Success, said);
        long read = long.Parse(summary.Groups[1].Value), overwritten = long.Parse(summary.Groups[2].Value);
        Assert.Equal(owner.Number("received"), read + overwritten);
        Assert.Equal(read, records.Length);
        CheckIntact(records);
    }

    // What a full ring had no room for is told to its owner with the next record only.
    [Fact]
    public void A_perf_buffer_is_followed_beside_its_owner()
    {
        (string[] records, string said, JsonElement owner) = Tap("perf", 20_000, OneSize | WithPauses, "-j");
        Assert.InRange(owner.Number("received")!.Value, 1, 20_000);
        Match summary = Regex.Match(said, @"skep: (\d+) records read, (\d+) (bytes )?overwritten");
        long read = long.Parse(summary.Groups[1].Value), overwritten = long.Parse(summary.Groups[2].Value);
        Assert.Equal(read, records.Length);
        Assert.True(read > 0, said);
        if (summary.Groups[3].Success) Assert.True(overwritten >= (owner.Number("received") - read) * 40, said);
        else Assert.Equal(owner.Number("received"), read + overwritten);
        Assert.Matches(@"rings of owner\S* \(pid \d+\) are followed", said);
        foreach (IGrouping<long?, string> cpu in records.GroupBy(line => Json.Parse(line).Number("cpu"))) CheckIntact([.. cpu]);
    }

    [Fact]
    public void Records_of_several_sizes_are_whole_and_in_order()
    {
        (string[] records, _, JsonElement owner) = Tap("ring", 100_000, ThreeSizes | WithPauses, "-j");
        Assert.Equal(100_000, owner.Number("received"));
        Assert.Equal(0, owner.Number("wrong"));
        Assert.NotEmpty(records);
        CheckIntact(records);
        long[] sizes = [32, 40, 264];
        Assert.All(records.Select(Json.Parse), record => Assert.Equal(sizes[Word(record.Text("data")!, 0, 0) % 3], record.Number("bytes")));
    }

    [Fact]
    public void Records_are_read_by_a_type_of_the_program()
    {
        (string[] records, string said, _) = Tap("ring", 100, OneSize, "-j", "--type", "struct event", "-n", "100");
        Assert.Contains("has struct event", said, StringComparison.Ordinal);
        Assert.Equal(100, records.Length);
        for (int i = 0; i < records.Length; i++)
        {
            JsonElement record = Json.Parse(records[i]);
            Assert.Equal(i + 1, record.Number("seq"));
            Assert.Equal(i + 1, record.Number("record.number"));
            Assert.Equal(4242, record.Number("record.pid"));
            Assert.Equal("an owner", record.Text("record.comm"));
        }
    }

    [Fact]
    public void Bytes_are_shown_as_hexdump_does()
    {
        (string[] lines, _, _) = Tap("ring", 1, OneSize, "-n", "1");
        Assert.Equal(3, lines.Length);
        Assert.EndsWith("#1  32 bytes", lines[0], StringComparison.Ordinal);
        Assert.Equal("  0000  01 00 00 00 00 00 00 00  92 10 00 00 61 6e 20 6f  ............an o", lines[1]);
    }

    [Fact]
    public void A_type_that_no_program_has_is_said_with_where_it_was_looked_for()
    {
        using var owner = new Owner("ring", 1, OneSize);
        Outcome outcome = SkepBinary.Run("map", "tap", "id", owner.MapId, "--type", "no_such_struct");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("no struct, union or typedef of this name", outcome.Error, StringComparison.Ordinal);
        outcome = SkepBinary.Run(
            "map", "tap", "id", owner.MapId, "--duration", "100ms", "--type", "task_struct", "--btf", "/sys/kernel/btf/vmlinux");
        outcome.Succeeds();
    }

    private static (string[] Lines, string Said, JsonElement Owner) Tap(string kind, int total, int how, params string[] options)
    {
        using var owner = new Owner(kind, total, how);
        using Process tap = SkepBinary.Start(["map", "tap", "id", owner.MapId, .. options]);
        string said = "";
        while (!said.Contains("following", StringComparison.Ordinal))
            said += (tap.StandardError.ReadLine() ?? throw new InvalidDataException(said)) + "\n";
        var lines = new List<string>();
        long lastRead = Environment.TickCount64;
        Task output = Task.Run(
            () =>
            {
                while (tap.StandardOutput.ReadLine() is { } line)
                {
                    lines.Add(line);
                    Volatile.Write(ref lastRead, Environment.TickCount64);
                }
            },
            TestContext.Current.CancellationToken);
        Task<string> rest = tap.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        JsonElement told = owner.Send();

        // What was sent is read within two looks at the ring, and after a signal nobody is waited for. A limit ends the tap by itself.
        long sent = Environment.TickCount64;
        while (!tap.WaitForExit(100) && Environment.TickCount64 - Math.Max(sent, Volatile.Read(ref lastRead)) < 500)
        {
        }

        if (!tap.HasExited) Tool.Run("sh", "-c", $"kill {tap.Id}");
        tap.WaitForExit();
        Assert.Equal(0, tap.ExitCode);
        output.GetAwaiter().GetResult();
        return ([.. lines.Where(line => line.Length > 0)], said + rest.GetAwaiter().GetResult(), told);
    }

    // Each record says its number twice, once turned around; none comes twice or late.
    private static void CheckIntact(string[] records)
    {
        long last = 0;
        foreach (string line in records)
        {
            // A million lines take a while to parse.
            int data = line.IndexOf(Data, StringComparison.Ordinal) + Data.Length;
            long number = Word(line, data, 0);
            if (number <= last || (number ^ 0x5eed) != Word(line, data, 28)) Assert.Fail($"after {last}: {line}");
            last = number;
        }
    }

    private const string Data = "\"data\":\"";

    private static uint Word(string line, int data, int offset) =>
        BinaryPrimitives.ReverseEndianness(
            uint.Parse(line.AsSpan(data + (offset * 2), 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

    private sealed class Owner : IDisposable
    {
        private readonly Process _process;

        public Owner(string kind, int total, int how)
        {
            Requires.Root();
            _process = Tool.Start(
                CProgram.Path(
                    "owner.c",
                    "-l:libbpf.a",
                    "-l:libelf.a",
                    "-l:libz.a",
                    "-lpthread"), [CProgram.Object("owner.bpf.c"), kind, $"{total}", $"{how}"]);
            MapId = Tool.FirstLine(_process);
        }

        public string MapId { get; }

        public JsonElement Send()
        {
            _process.StandardInput.Write('\n');
            _process.StandardInput.Flush();
            return Json.Parse(_process.StandardOutput.ReadLine()!);
        }

        public void Dispose()
        {
            _process.StandardInput.Close();
            if (!_process.WaitForExit(20_000)) _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
