using Skep.Agent.Inspect;

namespace Skep.Agent.Tests.Inspect;

public sealed class AnalysisRequestTests
{
    [Fact]
    public void What_a_process_is_started_with_is_what_was_asked()
    {
        foreach (AnalysisKind kind in Enum.GetValues<AnalysisKind>())
        {
            AnalysisRequest[] requests = [new(kind, "/a b/c.o", 0), new(kind, null, 7), new(kind, null, uint.MaxValue)];
            foreach (AnalysisRequest request in requests)
                Assert.Equal(request, AnalysisRequest.Of(request.Arguments()));
        }
    }

    [Theory]
    [InlineData]
    [InlineData("agent-analysis")]
    [InlineData("agent-analysis", "Explain")]
    [InlineData("agent-analysis", "explain", "id:1")]
    [InlineData("agent-analysis", "Explain", "id:-1")]
    [InlineData("agent-analysis", "Explain", "id:4294967296")]
    [InlineData("agent-analysis", "Explain", "relative.o")]
    [InlineData("agent-analysis", "0", "id:1")]
    [InlineData("agent", "Explain", "id:1")]
    [InlineData("agent-analysis", "Explain", "id:1", "more")]
    public void Other_arguments_are_none(params string[] arguments) => Assert.Null(AnalysisRequest.Of(arguments));
}
