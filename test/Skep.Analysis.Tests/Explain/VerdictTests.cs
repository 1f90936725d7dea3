using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;

namespace Skep.Analysis.Tests.Explain;

/// <summary>
/// What programs may return, told in full: through functions, pointers, callbacks, the stack, and arithmetic in place of jumps.
/// </summary>
public sealed class VerdictTests
{
    private static readonly (string Program, string Verdicts, string[] Findings, string[] None)[] Expected =
    [
        ("argument", "XDP_DROP 1;XDP_PASS 2", ["drops-packets"], []),
        ("shifted", "TC_ACT_OK 0;TC_ACT_SHOT 2", ["drops-packets"], []),
        ("not_shifted", "TC_ACT_OK 0;TC_ACT_PIPE 3", [], ["drops-packets"]),
        ("by_pointer", "*", ["drops-packets"], []),
        ("on_stack", "XDP_PASS 2;XDP_TX 3", ["sends-packets-back"], ["drops-packets"]),
        ("of_map", "*", ["drops-packets", "sends-packets-back"], []),
        ("of_map_masked", "XDP_PASS 2;XDP_REDIRECT 4", [], ["drops-packets", "sends-packets-back"]),
        ("by_callback", "*", ["drops-packets"], []),
        ("redirected", "XDP_PASS 2;XDP_REDIRECT 4", ["redirects-packets"], ["drops-packets"]),
        ("redirected_or_aborted", "XDP_ABORTED 0;XDP_REDIRECT 4", ["redirects-packets", "drops-packets"], []),
        ("goes_on", "XDP_PASS 2", [], ["drops-packets"]),
        ("unknown_action", "17", ["drops-packets"], []),
        ("counted", "*", ["changes-return-value"], []),
        ("passed_on", "0", [], ["changes-return-value"]),
        ("always_zero", "0", [], ["changes-return-value"]),
        ("hook_passed_on", "0", [], ["denies-operations"]),
        ("hook_computed", "*", ["denies-operations"], []),
        ("group_denies", "deny 0;allow 1", ["denies-operations"], []),
        ("group_allows", "allow 1", [], ["denies-operations"]),
        ("cut", "*", ["drops-packets"], []),
        ("whole", "*", [], ["drops-packets"]),
        ("tunnel_drops", "BPF_OK 0;BPF_DROP 2", ["drops-packets"], []),
    ];

    public static TheoryData<string, string> Programs =>
        [.. Expected.SelectMany(one => (string[])["v1", "v2", "v3"], (one, cpu) => (one.Program, cpu))];

    [Theory]
    [MemberData(nameof(Programs))]
    public void All_verdicts_are_told_and_no_more(string program, string cpu)
    {
        (_, string verdicts, string[] findings, string[] none) = Expected.Single(one => one.Program == program);
        Explanation about = Explainer.Explain(BpfPrograms.OfSource("Programs/verdicts.bpf.c", cpu).Single(code => code.Name == program));
        if (verdicts == "*") Assert.Contains(about.Returned, value => value.Number is null);
        else Assert.Equal(verdicts.Split(';').Select(Number).Order(), about.Returned.Select(value => value.Number).Order());
        if (verdicts.Contains(' ', StringComparison.Ordinal))
            Assert.Equal(
                verdicts.Split(';').Select(verdict => $"{verdict.Split(' ')[0]} ({Number(verdict)})").Order(StringComparer.Ordinal),
                about.Returned.Select(value => value.Text).Order(StringComparer.Ordinal));
        string[] found = [.. about.Findings.Select(finding => finding.Name)];
        Assert.Equal(findings.Order(), found.Intersect(findings).Order());
        Assert.Empty(found.Intersect(none));
    }

    [Fact]
    public void A_tail_calls_verdict_is_one() =>
        Assert.Contains(Of("goes_on").Returns,
            value => value.Text == "what a program returns that a tail call reaches" && value.Slots.Count == 1);

    [Fact]
    public void What_may_be_is_told_as_such()
    {
        Finding dropped = Of("of_map").Findings.Single(finding => finding.Name == "drops-packets");
        Assert.Equal("may return XDP_ABORTED, XDP_DROP, 5, -1 (what it returns is computed: value of map chosen)", dropped.Text);
        Assert.StartsWith("may return a number other than 0 (what it returns is computed: value of map chosen)",
            Of("counted").Findings.Single(finding => finding.Name == "changes-return-value").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_holds_what_each_caller_passes()
    {
        RecordField field = Assert.Single(Assert.Single(Of("argument_in_record").Outputs).Fields);
        Assert.Equal(["2", "7"], field.Stored.Select(value => value.Text).Order());
    }

    private static long? Number(string verdict) => long.Parse(verdict.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);

    private static Explanation Of(string program) =>
        Explainer.Explain(BpfPrograms.OfSource("Programs/verdicts.bpf.c").Single(code => code.Name == program));
}
