using Skep.Cli.Common;
using Skep.Cli.Live;

namespace Skep.Cli.Tests.Live;

/// <summary>How live views end.</summary>
public sealed class LiveViewTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_count_ends_one(long count)
    {
        using var scene = new Scene();
        Assert.Equal(ExitCode.Done, LiveView.RunUntilStopped(scene.Source, new LiveLimits(count, null, Short), "samples"));
        Assert.Equal((1, count, count), (scene.Begun, scene.Taken, scene.Concluded));
    }

    [Fact]
    public void A_duration_ends_one_with_a_last_sample()
    {
        using var scene = new Scene();
        Assert.Equal(ExitCode.Done,
            LiveView.RunUntilStopped(scene.Source, new LiveLimits(long.MaxValue, Short, TimeSpan.FromHours(1)), "samples"));
        Assert.Equal((1L, 1L), (scene.Taken, scene.Concluded));
    }

    [Fact]
    public async Task A_stop_ends_one_that_waits()
    {
        using var scene = new Scene();
        Task<int> running = Task.Run(() =>
            LiveView.RunUntilStopped(scene.Source, new LiveLimits(long.MaxValue, null, TimeSpan.FromHours(1)), "samples"));
        scene.Source.Stop();
        Assert.Equal(ExitCode.Done, await running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal((0L, 0L), (scene.Taken, scene.Concluded));
    }

    [Fact]
    public void The_end_of_what_it_follows_ends_one()
    {
        using var scene = new Scene { Ends = 2 };
        Assert.Equal(ExitCode.Done, LiveView.RunUntilStopped(scene.Source, new LiveLimits(long.MaxValue, null, Short), "samples"));
        Assert.Equal((3L, 2L), (scene.Taken, scene.Concluded));
    }

    [Theory]
    [InlineData(32, ExitCode.Done)]
    [InlineData(28, ExitCode.Failed)]
    public void An_output_that_cannot_be_written_fails_unless_its_reader_left(int error, int code)
    {
        using var scene = new Scene { Failure = new IOException("planted", error) };
        Assert.Equal(code, LiveView.RunUntilStopped(scene.Source, new LiveLimits(long.MaxValue, null, Short), "samples"));
        Assert.Equal((1L, 0L), (scene.Taken, scene.Concluded));
    }

    private sealed class Scene : IDisposable
    {
        public Scene() => Source = new SampledSource(Begin, Take, shown => Concluded = shown);

        public SampledSource Source { get; }

        public int Ends { get; init; } = int.MaxValue;

        public IOException? Failure { get; init; }

        public int Begun { get; private set; }

        public long Taken { get; private set; }

        public long Concluded { get; private set; } = -1;

        public void Dispose() => Source.Dispose();

        private bool Begin()
        {
            Begun++;
            return true;
        }

        private bool Take()
        {
            Taken++;
            if (Failure is not null) throw Failure;
            return Taken <= Ends;
        }
    }
}
