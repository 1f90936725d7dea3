using Skep.Guard.Kernel;
using Skep.Guard.Model;

namespace Skep.Guard.Tests.Kernel;

public sealed class GuardLogCursorTests
{
    [Fact]
    public void Each_is_given_once_in_order()
    {
        var cursor = new GuardLogCursor(2);
        Assert.Equal([3UL, 4UL], Take(cursor, 1, 3, 4));
        Assert.Equal([5UL], Take(cursor, 1, 5));
        Assert.Empty(Take(cursor, 1));
        Assert.Equal((5UL, 0UL), (cursor.Last, cursor.Overwritten));
    }

    // A decision has its number before it is written, and another CPU may be faster.
    [Fact]
    public void One_that_is_being_written_is_waited_for()
    {
        var cursor = new GuardLogCursor(0);
        Assert.Equal([1UL], Take(cursor, 1, 1, 3, 4));
        Assert.Equal([2UL, 3UL, 4UL], Take(cursor, 1, 2, 3, 4));
        Assert.Equal(0UL, cursor.Overwritten);
    }

    [Fact]
    public void One_that_never_comes_is_waited_for_once()
    {
        var cursor = new GuardLogCursor(0);
        Assert.Equal([1UL], Take(cursor, 1, 1, 3));
        Assert.Equal([3UL, 4UL], Take(cursor, 1, 3, 4));
        Assert.Equal(1UL, cursor.Overwritten);
    }

    [Fact]
    public void What_was_overwritten_is_counted()
    {
        var cursor = new GuardLogCursor(10);
        Assert.Equal([101UL, 102UL], Take(cursor, 101, 101, 102));
        Assert.Equal(90UL, cursor.Overwritten);
    }

    [Fact]
    public void What_was_before_the_first_is_not_lost()
    {
        var cursor = new GuardLogCursor(after: null);
        Assert.Equal([5000UL], Take(cursor, 905, 5000));
        Assert.Equal(0UL, cursor.Overwritten);
    }

    private static IEnumerable<ulong> Take(GuardLogCursor cursor, ulong oldestKept, params ulong[] numbers) =>
        cursor.Take([.. numbers.Select(Decision)], oldestKept).Select(one => one.Number);

    private static GuardDecision Decision(ulong number) => new()
    {
        Number = number,
        TimeNs = 0,
        Action = GuardAction.Deny,
        Operations = GuardOperations.ProgLoad,
        Command = 5,
        Reason = "",
        Pid = 1,
        Uid = 0,
        Comm = "",
        Cgroup = "/",
        Name = "",
    };
}
