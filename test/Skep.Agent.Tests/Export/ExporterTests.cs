using System.Text;
using Skep.Agent.Export.Delivery;
using Skep.Linux.Files;

namespace Skep.Agent.Tests.Export;

/// <summary>captured = exported + pending + dropped, whatever the receiver and the disk do.</summary>
public sealed class ExporterTests : IDisposable
{
    private readonly Scratch _scratch = new();
    private readonly List<string> _reported = [];

    public ExporterTests() => File.SetUnixFileMode(_scratch.Path, (UnixFileMode)0x1c0);

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void What_is_taken_is_exported_in_its_order()
    {
        using var target = new Receiver();
        using Exporter exporter = Begin(target);
        for (int i = 0; i < 5000; i++) exporter.Add(Item(i));
        End(exporter);
        Assert.Equal(Enumerable.Range(0, 5000), target.Taken);
        Assert.Equal((5000, 5000, 0), Of(exporter.Counters));
    }

    [Fact]
    public void What_a_failing_receiver_does_not_take_waits_for_the_next_agent_once()
    {
        using (var failing = new Receiver { Answer = _ => new(SendOutcome.Later, "no") })
        {
            using Exporter first = Begin(failing);
            for (int i = 0; i < 3000; i++) first.Add(Item(i));
            Until(() => first.Counters is { Spooled: 3000, Errors: > 0 });
            End(first);
            Assert.Equal((3000, 0, 3000), Of(first.Counters));
            Assert.Contains(_reported, text => text.Contains("3000 records wait in the spool", StringComparison.Ordinal));
        }

        using var target = new Receiver();
        using Exporter second = Begin(target);
        second.Add(Item(3000));
        Until(() => second.Counters.Exported == 3001);
        End(second);
        Assert.Equal(Enumerable.Range(0, 3001), target.Taken);
        Assert.Equal(3000, second.Counters.Recovered);
        Assert.Equal((3001, 3001, 0), Of(second.Counters));
        Assert.Empty(Files());
    }

    [Fact]
    public void Part_of_an_attempt_that_went_out_is_not_sent_again()
    {
        int attempts = 0;
        using var target = new Receiver();
        target.Answer = items =>
        {
            if (attempts++ > 0) return new(SendOutcome.Taken);
            target.Take(items.Take(3));
            return new(SendOutcome.Later, "broke off") { ItemsSent = 3 };
        };
        using Exporter exporter = Begin(target);
        for (int i = 0; i < 10; i++) exporter.Add(Item(i));
        Until(() => exporter.Counters.Exported == 10);
        End(exporter);
        Assert.Equal(Enumerable.Range(0, 10), target.Taken);
    }

    [Fact]
    public void A_refusal_is_no_reason_to_wait_and_part_of_one_is_counted()
    {
        int attempts = 0;
        using var target = new Receiver
        {
            Answer = items => attempts++ == 0 ? new(SendOutcome.Refused, "bad") : new(SendOutcome.Taken, "old") { Rejected = 2 },
        };
        using Exporter exporter = Begin(target);
        exporter.Add(Item(0));
        Until(() => exporter.Counters.Dropped[(int)DropCause.Refused] == 1);
        for (int i = 0; i < 5; i++) exporter.Add(Item(i));
        Until(() => exporter.Counters.Pending == 0);
        End(exporter);
        Assert.Equal(1, exporter.Counters.Dropped[(int)DropCause.Refused]);
        Assert.True(exporter.Counters.Dropped[(int)DropCause.Rejected] >= 2);
        Assert.Equal("old", exporter.Counters.LastError);
        Assert.Equal(6, exporter.Counters.Exported + exporter.Counters.Dropped.Sum());
    }

    [Fact]
    public void What_finds_no_room_is_dropped_and_counted()
    {
        using var failing = new Receiver { Answer = _ => new(SendOutcome.Later, "no") };
        using Exporter exporter = Begin(failing, spoolBytes: 1 << 20);
        for (int i = 0; i < 4000; i++)
        {
            exporter.Add(Item(i, 4000));
            if (i == 10) Until(() => exporter.Counters.Spooled > 0);
        }

        Until(() => exporter.Counters.Spooled > 100);
        Thread.Sleep(500);
        for (int i = 4000; i < 8000; i++) exporter.Add(Item(i, 4000));
        End(exporter);
        ExportCounters now = exporter.Counters;
        Assert.Equal(8000, now.Captured);
        Assert.Equal(now.Captured, now.Exported + now.Pending + now.Dropped.Sum());
        Assert.True(now.Dropped[(int)DropCause.Spool] > 0);
        Assert.InRange(now.SpoolBytes, 1, 1 << 20);
        Assert.Equal(now.SpoolBytes, Files().Sum(file => new FileInfo(file).Length));
    }

    [Fact]
    public void A_receiver_that_hangs_stops_nothing()
    {
        using var hanging = new Receiver { Hangs = true };
        using Exporter exporter = Begin(hanging);
        exporter.Add(Item(0));
        Until(() => exporter.Counters.Spooled == 1);
        for (int i = 1; i < 1000; i++) exporter.Add(Item(i));
        Until(() => exporter.Counters.Spooled == 1000);
        long begun = System.Diagnostics.Stopwatch.GetTimestamp();
        End(exporter);
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(5));
        Assert.Equal((1000, 0, 1000), Of(exporter.Counters));
        using var target = new Receiver();
        using Exporter next = Begin(target);
        Until(() => next.Counters.Exported == 1000);
        End(next);
        Assert.Equal(Enumerable.Range(0, 1000), target.Taken);
    }

    [Fact]
    public void A_file_that_was_not_written_whole_loses_its_end_alone()
    {
        ExportSpool spool = Open();
        Assert.NotNull(spool.Append([Item(0), Item(1), Item(2)], alone: false, out _));
        string file = Assert.Single(Files());
        byte[] content = File.ReadAllBytes(file);
        PrivateLines.Cut(file, content.Length - 1);
        spool = Open();
        Assert.Equal(2, spool.Records);
        Assert.Equal([0, 1], spool.Read(spool.Oldest!).Select(Number));
        Assert.Contains(_reported, text => text.Contains("were not written whole", StringComparison.Ordinal));

        content[14] ^= 1;
        File.WriteAllBytes(file, content);
        Assert.Equal(0, Open().Records);
        Assert.Empty(Files());
    }

    [Fact]
    public void A_file_that_others_can_write_is_not_believed()
    {
        Assert.NotNull(Open().Append([Item(0)], alone: false, out _));
        File.SetUnixFileMode(Assert.Single(Files()), (UnixFileMode)0x1b6);
        Assert.Equal(0, Open().Records);
        Assert.Contains(_reported, text => text.Contains("others may have written it", StringComparison.Ordinal));
    }

    private static ExportItem Item(int number, int bytes = 8)
    {
        byte[] data = new byte[bytes];
        Encoding.ASCII.GetBytes($"{number}").CopyTo(data, 0);
        return new(data, 1);
    }

    private static int Number(ExportItem item) => int.Parse(Encoding.ASCII.GetString(item.Data).TrimEnd('\0'), null);

    private static (long Captured, long Exported, long Pending) Of(ExportCounters now) => (now.Captured, now.Exported, now.Pending);

    private static void Until(Func<bool> condition) => Tool.Until(condition, "the exporter does it");

    private static void End(Exporter exporter)
    {
        exporter.BeginStop();
        exporter.Join();
    }

    private string[] Files() => Directory.GetFiles(_scratch.File("spool"));

    private ExportSpool Open()
    {
        ExportSpool spool = ExportSpool.Open(_scratch.File("spool"), _scratch.File("spool"), _reported.Add);
        spool.MostBytes = 64 << 20;
        return spool;
    }

    private Exporter Begin(Receiver target, long spoolBytes = 64 << 20)
    {
        var exporter = new Exporter("test", Open(), text =>
        {
            lock (_reported) _reported.Add(text);
        });
        exporter.Use(target, spoolBytes);
        return exporter;
    }

    private sealed class Receiver : IExportTarget
    {
        private readonly List<int> _taken = [];

        public Func<IReadOnlyList<ExportItem>, SendResult> Answer { get; set; } = _ => new(SendOutcome.Taken);

        public bool Hangs { get; init; }

        public List<int> Taken => _taken;

        public void Take(IEnumerable<ExportItem> items) => _taken.AddRange(items.Select(Number));

        public async Task<SendResult> Send(IReadOnlyList<ExportItem> items, CancellationToken stop)
        {
            if (Hangs)
            {
                try
                {
                    await Task.Delay(-1, stop);
                }
                catch (OperationCanceledException)
                {
                    return new(SendOutcome.Later, "stopped");
                }
            }

            await Task.Yield();
            SendResult result = Answer(items);
            if (result.Outcome == SendOutcome.Taken) Take(items);
            return result;
        }

        public void Dispose()
        {
        }
    }
}
