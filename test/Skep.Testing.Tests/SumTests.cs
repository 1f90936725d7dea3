namespace Skep.Testing.Tests;

/// <summary>test/sum.sh: what a run of tests, with its virtual machines, comes to.</summary>
public sealed class SumTests : IDisposable
{
    private const string Skips = "skipped:\n  here.Test: needs tshark\n  virtual machine 6.1: apt does not reach its mirror of Debian\n"
        + "  there.Test: the machine cannot: no kprobes\n";

    private readonly Scratch _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Results_of_all_files_are_added()
    {
        Results("Skep.Isa.Tests.pure", passed: 40, failed: 0);
        Results("vm-6.1", passed: 2, failed: 0);
        Assert.Equal((0, "42 passed, 0 failed\n"), Sum());
    }

    [Fact]
    public void A_test_that_fails_in_a_virtual_machine_fails_the_run()
    {
        Results("Skep.Isa.Tests.pure", passed: 40, failed: 0);
        _scratch.Write("vm-6.1.xml", """
            <assemblies><assembly name="x" passed="1" failed="1" skipped="0" errors="1">
            <errors><error type="assembly-cleanup" name="x.dll">
            <failure><message><![CDATA[left open: 3]]></message></failure></error></errors>
            <test name="there.Test(kernel: &quot;6.1&quot;)" result="Fail"><failure><message><![CDATA[Expected: 1
            Actual: 2]]></message><stack-trace><![CDATA[at x]]></stack-trace></failure></test>
            </assembly></assemblies>
            """);
        Assert.Equal(
            (1, "failed:\n  there.Test(kernel: &quot;6.1&quot;): Expected: 1 Actual: 2\n"
                + "  type=\"assembly-cleanup\" name=\"x.dll\": left open: 3\n41 passed, 2 failed\n"), Sum());
    }

    [Fact]
    public void A_virtual_machine_without_results_fails_the_run()
    {
        Results("Skep.Isa.Tests.pure", passed: 40, failed: 0);
        _scratch.Write("vm-6.1.broken", "skep: 6.1: no test ran in the virtual machine\n");
        Assert.Equal((1, "failed:\n  skep: 6.1: no test ran in the virtual machine\n40 passed, 1 failed\n"), Sum());
    }

    [Theory]
    [InlineData("", 0, "1 passed, 0 failed\n")]
    [InlineData("true", 1, "failed:\n  here.Test: needs tshark\n"
        + "  virtual machine 6.1: apt does not reach its mirror of Debian\n1 passed, 2 failed\n")]
    public void What_is_skipped_has_failed_in_CI_unless_the_machine_cannot(string ci, int code, string last)
    {
        _scratch.Write("a.xml", """
            <assemblies><assembly name="a" passed="1" failed="0" skipped="2" errors="0">
            <test name="here.Test" result="Skip"><reason><![CDATA[needs tshark]]></reason></test>
            <test name="there.Test" result="Skip"><reason><![CDATA[the machine cannot: no kprobes]]></reason></test>
            </assembly></assemblies>
            """);
        _scratch.Write("vm-6.1.skipped", "virtual machine 6.1: apt does not reach its mirror of Debian\n");
        (int found, string printed) = Sum(ci);
        Assert.Equal(code, found);
        Assert.EndsWith(last, printed, StringComparison.Ordinal);
        Assert.Equal(
            Skips.Split('\n').Order(StringComparer.Ordinal), printed[..^last.Length].Split('\n').Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_run_without_tests_has_failed() => Assert.Equal((1, "0 passed, 0 failed\n"), Sum());

    private void Results(string name, int passed, int failed) => _scratch.Write(
        $"{name}.xml", $"""<assemblies><assembly name="x" passed="{passed}" failed="{failed}" skipped="0" errors="0" /></assemblies>""");

    private (int Code, string Printed) Sum(string ci = "")
    {
        Outcome outcome = Tool.Try("bash", [Repository.File("test/sum.sh"), _scratch.Path], ("CI", ci));
        return (outcome.Code, outcome.Output);
    }
}
