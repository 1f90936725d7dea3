using System.Text;
using Skep.Guard.Test;

namespace Skep.Guard.Tests.Test;

/// <summary>What is read of events that were recorded.</summary>
public sealed class EventReaderTests
{
    [Fact]
    public void Times_in_which_no_agent_watched_are_passed_over()
    {
        EventReader reader = Of("""
            {"time":"2026-11-29T14:44:23.058161287Z","gap":{"until":"2026-11-29T14:53:19.048551566Z","killed":true}}
            {"syscall":"bpf","cmd":"map_create"}
            """);
        Assert.Equal("map_create", reader.Next()!.Cmd);
        Assert.Null(reader.Next());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"gap\":null}")]
    [InlineData("no JSON")]
    public void What_is_no_event_is_an_error(string line) => Assert.Throws<InvalidDataException>(() => Of(line).Next());

    private static EventReader Of(string text) => new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "events");
}
