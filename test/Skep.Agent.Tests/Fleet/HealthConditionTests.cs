using Skep.Agent.Fleet.Health;

namespace Skep.Agent.Tests.Fleet;

public sealed class HealthConditionTests
{
    private static readonly MetricReading First = new(1000, Samples(10, 1)), Now = new(3000, Samples(30, 2));

    [Theory]
    [InlineData("drops < 33", null)]
    [InlineData("drops < 32", "health: drops < 32 does not hold: it is 32")]
    [InlineData("drops{table=\"a\"} == 30", null)]
    [InlineData("drops{table=\"a\", device=\"x\"} == 0", null)]
    [InlineData("rate(drops{table=\"a\"}) <= 10 and drops > 1", null)]
    [InlineData("rate(drops{table=\"a\"}) < 10", "health: rate(drops{table=\"a\"}) < 10 does not hold: it is 10")]
    [InlineData("lost < 1", "health: there is no metric lost")]
    public void A_condition_holds_or_says_why_not(string text, string? fault)
    {
        Assert.True(HealthCondition.TryParse(text, out HealthCondition? condition, out string? wrong), wrong);
        Assert.Equal(fault, condition!.FaultOf(First, Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("drops")]
    [InlineData("drops < many")]
    [InlineData("drops < 1 and")]
    [InlineData("rate(drops < 1")]
    [InlineData("drops{table=a} < 1")]
    public void What_is_none_is_refused(string text)
    {
        Assert.False(HealthCondition.TryParse(text, out _, out string? fault));
        Assert.Contains("is no condition (write METRIC{label=\"value\"} < NUMBER", fault, StringComparison.Ordinal);
    }

    private static MetricSample[] Samples(double a, double b) =>
        [new("drops", [("table", "a")], a), new("drops", [("table", "b")], b), new("other", [], 5)];
}
