using Skep.Agent.Web;

namespace Skep.Agent.Tests.Web;

public sealed class WrongTokensTests
{
    [Fact]
    public void So_many_are_answered_and_then_it_is_said_how_long_to_wait()
    {
        long now = 1000;
        var wrong = new WrongTokens(() => now);
        for (int i = 0; i < WrongTokens.Most; i++)
        {
            Assert.Null(wrong.Add());
            now += 100;
        }

        // The first of them leaves the period 10 s behind itself.
        Assert.Equal(8, wrong.Add());
        now += 7000;
        Assert.Equal(1, wrong.Add());
        now += 1000;
        Assert.Null(wrong.Add());
        Assert.Equal(1, wrong.Add());
        now += (long)WrongTokens.Period.TotalMilliseconds;
        Assert.Null(wrong.Add());
    }
}
