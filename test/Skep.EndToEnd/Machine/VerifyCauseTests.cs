using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>What <c>skep prog verify</c> says of refused programs on other kernels, whose messages differ.</summary>
[Trait("level", "machine")]
public sealed class VerifyCauseTests
{
    /// <summary>Without a tool that drops capabilities, and without what an emulated processor walks over for minutes.</summary>
    public static TheoryData<string> Files =>
        [.. RefusedPrograms.Files.Where(file => !RefusedPrograms.IsUnprivileged(file) && file != "too-complex")];

    [Theory, MemberData(nameof(Files))]
    public void Each_refusal_has_its_cause_and_line(string file)
    {
        Outcome outcome = SkepBinary.Run("prog", "verify", Built.VerifyObject(file), "-j");
        Assert.Equal(1, outcome.Code);
        RefusedPrograms.AreRefused(file, outcome.Output);
    }

    [Fact]
    public void Programs_that_are_accepted_have_costs()
    {
        Outcome outcome = SkepBinary.Run("prog", "verify", Built.VerifyObject(RefusedPrograms.AcceptedFile), "-j");
        outcome.Succeeds();
        RefusedPrograms.AreAccepted(outcome.Output);
    }
}
