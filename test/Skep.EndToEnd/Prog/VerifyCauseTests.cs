using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Prog;

/// <summary>What <c>skep prog verify</c> says of programs that the kernel refuses, each for a known cause.</summary>
public sealed class VerifyCauseTests
{
    /// <summary>The files for this kernel; those of trampolines are for the virtual machines.</summary>
    public static TheoryData<string> Files =>
        [.. RefusedPrograms.Files.Where(file => !RefusedPrograms.NeedsTrampolines(file) && !RefusedPrograms.IsUnprivileged(file))];

    /// <summary>The files for a caller with CAP_BPF alone.</summary>
    public static TheoryData<string> UnprivilegedFiles => [.. RefusedPrograms.Files.Where(RefusedPrograms.IsUnprivileged)];

    [Theory, MemberData(nameof(Files))]
    public void Each_refusal_has_its_cause_and_line(string file)
    {
        Requires.Root();
        Outcome outcome = SkepBinary.Run("prog", "verify", Object(file), "-j");
        Assert.Equal(1, outcome.Code);
        RefusedPrograms.AreRefused(file, outcome.Output);
    }

    [Theory, MemberData(nameof(UnprivilegedFiles))]
    public void Without_CAP_PERFMON_more_is_refused(string file)
    {
        Requires.Root();
        Requires.Installed("setpriv");
        Outcome outcome = Tool.Try(
            "setpriv", "--bounding-set", "-perfmon,-sys_admin", "--inh-caps", "-perfmon,-sys_admin",
            SkepBinary.Path, "prog", "verify", Object(file), "-j");
        Assert.Equal(1, outcome.Code);
        RefusedPrograms.AreRefused(file, outcome.Output);
    }

    [Fact]
    public void Programs_that_are_accepted_have_costs()
    {
        Requires.Root();
        Outcome outcome = SkepBinary.Run("prog", "verify", Object(RefusedPrograms.AcceptedFile), "-j");
        outcome.Succeeds();
        RefusedPrograms.AreAccepted(outcome.Output);
    }

    private static string Object(string file) => BpfSource.File($"Programs/verify/{file}.bpf.c");
}
