using System.Text;
using Skep.Linux.Files;
using Skep.Watch.Events;
using Skep.Watch.Save;
using Skep.Watch.Tests.Support;

namespace Skep.Watch.Tests.Save;

/// <summary>A file of events. What a full file system makes of it is tested in Skep.EndToEnd.</summary>
public sealed class EventFileTests : IDisposable
{
    private readonly string _scratch = Directory.CreateTempSubdirectory("skep-events-").FullName;
    private readonly List<string> _reports = [];

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public void Events_are_written_when_no_more_are_waiting()
    {
        using AppendedFile appended = AppendedFile.Open(At("log"));
        EventFile file = On(appended);
        file.Write(Numbered(1));
        Assert.Empty(Lines("log"));
        file.Flush();
        Assert.Equal(["1"], Lines("log"));
    }

    [Fact]
    public void A_file_is_rotated_between_events()
    {
        using AppendedFile appended = AppendedFile.Open(At("log"));
        EventFile file = On(appended, new FileRotation(10, 2));
        for (int i = 1; i <= 16; i++) file.Write(Numbered(i));
        file.Flush();
        Assert.Equal(["log", "log.1", "log.2"], Directory.GetFiles(_scratch).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        // Two bytes each up to 9, three since; the first five are removed.
        Assert.Equal(["6", "7", "8", "9", "10"], Lines("log.2"));
        Assert.Equal(["11", "12", "13", "14"], Lines("log.1"));
        Assert.Equal(["15", "16"], Lines("log"));
    }

    [Fact]
    public void A_file_that_was_moved_is_opened_anew_with_the_next_look()
    {
        using AppendedFile appended = AppendedFile.Open(At("log"));
        EventFile file = On(appended);
        file.Write(Numbered(1));
        file.Flush();
        File.Move(At("log"), At("moved"));
        file.Reopen();
        file.Write(Numbered(2));
        file.Flush();
        file.Write(Numbered(3));
        file.Flush();
        Assert.Equal(["1", "2"], Lines("moved"));
        Assert.Equal(["3"], Lines("log"));
        Assert.Empty(_reports);
    }

    [Fact]
    public void What_cannot_be_rotated_is_reported_and_goes_on()
    {
        Directory.CreateDirectory(At("log.1"));
        using AppendedFile appended = AppendedFile.Open(At("log"));
        EventFile file = On(appended, new FileRotation(4, 1));
        for (int i = 1; i <= 3; i++) file.Write(Numbered(i));
        file.Flush();
        Assert.Equal(["1", "2", "3"], Lines("log"));
        Assert.StartsWith("rotating the file: rotating ", Assert.Single(_reports), StringComparison.Ordinal);
    }

    private static BpfEvent Numbered(int number)
    {
        BpfEvent e = SampleEvents.Map with { Note = null };
        e.Sequence = number;
        return e;
    }

    private EventFile On(AppendedFile file, FileRotation? rotation = null) =>
        new(file, stream => new NumberWriter(stream), rotation, _reports.Add);

    private string At(string name) => Path.Combine(_scratch, name);

    private string[] Lines(string name) => File.ReadAllLines(At(name));

    private sealed class NumberWriter(Stream output) : IEventSink
    {
        public void Write(BpfEvent e) => output.Write(Encoding.UTF8.GetBytes($"{e.Sequence}\n"));

        public void Flush() => output.Flush();
    }
}
