namespace Skep.Output.Tests;

public sealed class UtcTextTests
{
    private static readonly DateTime Time = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddTicks(60);

    [Fact]
    public void Times_have_as_many_digits_as_are_known()
    {
        long unixNs = (Time - DateTime.UnixEpoch).Ticks * 100;
        Assert.Equal("2026-01-02T03:04:05Z", UtcText.Seconds(Time));
        Assert.Equal("2026-01-02T03:04:05.000006Z", UtcText.Microseconds(Time));
        Assert.Equal("2026-01-02T03:04:05.000006007Z", UtcText.Nanoseconds(unixNs + 7));
    }
}
