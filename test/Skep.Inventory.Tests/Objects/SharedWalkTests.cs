using Skep.Inventory.Objects;

namespace Skep.Inventory.Tests.Objects;

/// <summary>A list that several threads read.</summary>
public sealed class SharedWalkTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(1000)]
    public async Task Each_item_is_read_once_and_stays_in_its_place(int count)
    {
        uint[] ids = [.. Enumerable.Range(1, count).Select(i => (uint)i * 7)];
        int[] reads = new int[count];
        var walk = new SharedWalk<uint>(ids, id =>
        {
            Interlocked.Increment(ref reads[(id / 7) - 1]);
            return id % 3 == 0 ? null : id;
        });
        Task[] helpers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(walk.Help, TestContext.Current.CancellationToken))];
        Assert.Equal(ids.Where(id => id % 3 != 0), walk.Complete());
        await Task.WhenAll(helpers);
        Assert.All(reads, times => Assert.Equal(1, times));
    }

    [Fact]
    public void An_items_failure_on_another_thread_is_not_lost()
    {
        uint[] ids = [.. Enumerable.Range(0, 100).Select(i => (uint)i)];
        var walk = new SharedWalk<uint>(ids, id => id == 50 ? throw new InvalidDataException("no") : id);
        var helper = new Thread(walk.Help);
        helper.Start();
        helper.Join();
        Assert.Equal("no", Assert.Throws<InvalidDataException>(() => walk.Complete().ToList()).Message);
    }
}
