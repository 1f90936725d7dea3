using System.CommandLine;
using Skep.Cli.Options;

namespace Skep.Cli.Tests.Options;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("10s", 10_000)]
    [InlineData("10", 10_000)]
    [InlineData("500ms", 500)]
    [InlineData("0.5s", 500)]
    [InlineData("2m", 120_000)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData(".25s", 250)]
    public void Times(string text, int milliseconds)
    {
        Assert.True(Quantities.TryTime(text, out TimeSpan time));
        Assert.Equal(milliseconds, time.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("ms")]
    [InlineData("0")]
    [InlineData("0s")]
    [InlineData("-1s")]
    [InlineData("+1s")]
    [InlineData("1 s")]
    [InlineData(" 1s")]
    [InlineData("1d")]
    [InlineData("1e3")]
    [InlineData("1,5s")]
    [InlineData("1.2.3s")]
    [InlineData("NaN")]
    [InlineData("NaNs")]
    [InlineData("Infinity")]
    [InlineData("∞")]
    [InlineData("99999999999999999999h")]
    public void No_times(string text) => Assert.False(Quantities.TryTime(text, out _));

    [Theory]
    [InlineData("1", 1u)]
    [InlineData("512K", 512u << 10)]
    [InlineData("64M", 64u << 20)]
    [InlineData("64m", 64u << 20)]
    [InlineData("3G", 3u << 30)]
    [InlineData("4294967295", uint.MaxValue)]
    public void Sizes(string text, uint bytes)
    {
        Assert.True(Quantities.TrySize(text, out uint size));
        Assert.Equal(bytes, size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("K")]
    [InlineData("0")]
    [InlineData("0M")]
    [InlineData("-1")]
    [InlineData("1.5M")]
    [InlineData("1 M")]
    [InlineData("4G")]
    [InlineData("4294967296")]
    [InlineData("18446744073709551616")]
    [InlineData("64MB")]
    [InlineData("0x10")]
    public void No_sizes(string text) => Assert.False(Quantities.TrySize(text, out _));

    [Fact]
    public void An_option_says_what_it_expects()
    {
        Option<TimeSpan?> time = Quantities.Time("--duration", "");
        Option<uint?> size = Quantities.Size("--buffer", "");
        var root = new RootCommand { time, size };
        ParseResult parsed = root.Parse("--duration 2m --buffer 1K");
        Assert.Empty(parsed.Errors);
        Assert.Equal(TimeSpan.FromMinutes(2), parsed.GetValue(time));
        Assert.Equal(1024u, parsed.GetValue(size));
        Assert.Null(root.Parse("").GetValue(time));
        Assert.Equal("--duration takes a time such as 10s, 500ms, 2m or 1h, not 'soon'",
            Assert.Single(root.Parse("--duration soon").Errors).Message);
        Assert.Equal("--buffer takes a size such as 64M or 512K, not 'lots'", Assert.Single(root.Parse("--buffer lots").Errors).Message);
        Assert.NotEmpty(root.Parse("--duration").Errors);
        Assert.NotEmpty(root.Parse("--duration 1s --duration 2s").Errors);
    }
}
