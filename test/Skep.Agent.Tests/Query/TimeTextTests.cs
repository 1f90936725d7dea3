using Skep.Agent.Query;

namespace Skep.Agent.Tests.Query;

public sealed class TimeTextTests
{
    private static readonly DateTime s_now = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    [Theory]
    [InlineData("2026-01-02", "2026-01-02T00:00:00.000000000Z")]
    [InlineData("2026-01-02 15:04", "2026-01-02T15:04:00.000000000Z")]
    [InlineData("2026-01-02T15:04:05Z", "2026-01-02T15:04:05.000000000Z")]
    [InlineData("2026-01-02T15:04:05+02:00", "2026-01-02T13:04:05.000000000Z")]
    [InlineData("2026-01-02T15:04:05.123456789Z", "2026-01-02T15:04:05.123456789Z")]
    [InlineData("2026-01-02T15:04:05.12345678Z", "2026-01-02T15:04:05.123456780Z")]
    [InlineData("2026-01-02T15:04:05.5Z", "2026-01-02T15:04:05.500000000Z")]
    [InlineData("5s", "2026-01-02T03:04:00.000000000Z")]
    [InlineData("4m", "2026-01-02T03:00:05.000000000Z")]
    [InlineData("3h", "2026-01-02T00:04:05.000000000Z")]
    [InlineData("1d", "2026-01-01T03:04:05.000000000Z")]
    public void Times_are_read(string text, string time)
    {
        Assert.True(TimeText.TryRead(text, s_now, out long unixNs));
        Assert.Equal(time, Skep.Output.UtcText.Nanoseconds(unixNs));
    }

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("1w")]
    [InlineData("-1h")]
    [InlineData("2026-13-01")]
    [InlineData("1969-01-01")]
    [InlineData("4294967295d")]
    [InlineData("2026-01-02T15:04:05.12345678xZ")]
    public void What_is_no_time_is_refused(string text) => Assert.False(TimeText.TryRead(text, s_now, out _));
}
