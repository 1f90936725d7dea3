using Skep.Debug.Verify;

namespace Skep.Debug.Tests.Verify;

/// <summary>The list of causes is closed: what is in the code is in docs/verify.md.</summary>
public sealed class CauseListTests
{
    [Fact]
    public void Each_cause_has_its_line()
    {
        Assert.Equal(Enum.GetValues<VerifierCause>().Order(), VerifierCauseInfo.All.Select(info => info.Cause).Order());
        Assert.All(VerifierCauseInfo.All, info => Assert.Equal(info, VerifierCauseInfo.Of(info.Cause)));
    }

    [Fact]
    public void The_documentation_has_the_list()
    {
        string[] lines = Repository.Read("docs/verify.md").Split('\n');
        Assert.Equal(
            VerifierCauseInfo.All.Select(info => $"| `{info.Name}` | {info.Meaning} |").Order(StringComparer.Ordinal),
            lines.SkipWhile(line => line != "| cause | meaning |").Skip(2).TakeWhile(line => line.StartsWith('|'))
                .Order(StringComparer.Ordinal));
    }
}
