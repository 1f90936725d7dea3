using Skep.Agent.Inspect;

namespace Skep.Agent.Tests.Inspect;

public sealed class ProgramAnalysesTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_answered_is_remembered()
    {
        int runs = 0;
        using var analyses = new ProgramAnalyses(request => Answer(Interlocked.Increment(ref runs), 10));
        AnalysisAnswer first = (await analyses.Of(File(1), Cancel))!, again = (await analyses.Of(File(1), Cancel))!;
        Assert.Same(first, again);
        Assert.NotSame(first, await analyses.Of(File(2), Cancel));
        Assert.NotSame(first, await analyses.Of(File(1) with { Kind = AnalysisKind.Graph }, Cancel));
        Assert.Equal(3, runs);
    }

    [Fact]
    public async Task A_refusal_of_the_kernel_is_asked_again_and_a_limit_is_not()
    {
        int runs = 0;
        AnalysisEnd end = AnalysisEnd.None;
        using var analyses = new ProgramAnalyses(_ =>
        {
            runs++;
            return new(end, [], "why");
        });
        await analyses.Of(File(1), Cancel);
        await analyses.Of(File(1), Cancel);
        Assert.Equal(2, runs);
        end = AnalysisEnd.TooLong;
        await analyses.Of(File(1), Cancel);
        await analyses.Of(File(1), Cancel);
        Assert.Equal(3, runs);
    }

    [Fact]
    public async Task No_more_is_remembered_than_there_is_room_for()
    {
        int runs = 0;
        using var analyses = new ProgramAnalyses(_ => Answer(++runs, 1 << 20));
        for (uint i = 1; i <= 20; i++) await analyses.Of(File(i), Cancel);
        Assert.Equal(20, runs);

        // The last ones: 8 MB have room.
        for (uint i = 20; i > 12; i--) await analyses.Of(File(i), Cancel);
        Assert.Equal(20, runs);
        await analyses.Of(File(1), Cancel);
        Assert.Equal(21, runs);
        using var large = new ProgramAnalyses(_ => Answer(++runs, 3 << 20));
        await large.Of(File(1), Cancel);
        await large.Of(File(1), Cancel);
        Assert.Equal(23, runs);
    }

    [Fact]
    public async Task One_is_done_at_a_time_and_of_many_that_wait_the_last_are_refused()
    {
        int at = 0, most = 0;
        using var gate = new ManualResetEventSlim();
        using var analyses = new ProgramAnalyses(request =>
        {
            most = Math.Max(most, Interlocked.Increment(ref at));
            gate.Wait(Cancel);
            Interlocked.Decrement(ref at);
            return Answer((int)request.Id, 10);
        });
        Task<AnalysisAnswer?>[] all = [.. Enumerable.Range(1, 40).Select(i => analyses.Of(File((uint)i), Cancel))];
        await Task.WhenAny(all);
        gate.Set();
        AnalysisAnswer?[] answers = await Task.WhenAll(all);
        Assert.Equal(1, most);
        Assert.InRange(answers.Count(answer => answer is null), 20, 30);
        Assert.NotNull(answers[0]);
    }

    private static AnalysisRequest File(uint id) => new(AnalysisKind.Explain, $"/{id}.o", id);

    private static AnalysisAnswer Answer(int number, int bytes) => new(AnalysisEnd.Done, new byte[bytes], $"{number}");
}
