using Skep.Bpf;
using Skep.Filter.Compile;
using Skep.Filter.Runtime.Programs;

namespace Skep.Filter.Runtime.Tests.Programs;

/// <summary>The kernel gives the rules back as the source lines of the program. The first rule is on the second line of its file.</summary>
[Trait("level", "kernel")]
public sealed class RuleLineKernelTests
{
    [Fact]
    public void Rules_are_the_source_lines_of_the_program()
    {
        using var loaded = Load("udp dport 53 drop\n\ntcp dport 22 log pass\nip saddr 10.0.0.0/8 limit rate over 5/second drop");
        var lines = Lines(loaded.Program);
        Assert.Equal(
            [(0, "headers"), (2, "udp dport 53 drop"), (4, "tcp dport 22 log pass"),
                (5, "ip saddr 10.0.0.0/8 limit rate over 5/second drop"), (0, "policy"), (0, "totals"), (0, "log record")],
            lines);
    }

    [Fact]
    public void A_list_is_one_line_that_counts_its_rules()
    {
        var rules = string.Join('\n', Enumerable.Range(0, 200).Select(i => $"ip saddr 10.0.{i}.0/24 udp dport {i + 1} drop"));
        using var loaded = Load(rules + "\ntcp dport 22 limit rate over 5/second drop");
        var lines = Lines(loaded.Program);
        Assert.Contains((2, "200 rules to line 201, searched as one list"), lines);
        Assert.Contains((202, "tcp dport 22 limit rate over 5/second drop"), lines);
        Assert.DoesNotContain(lines, line => line.Line is > 2 and < 202);
    }

    [Fact]
    public void Functions_have_names_and_the_main_one_that_of_the_program()
    {
        using var loaded = Load("udp dport 53 log drop");
        var btf = BtfOf(loaded.Program);
        Assert.Equal(["edge_1", "log_record_1"], loaded.Program.GetFunctions().Select(f => btf[f.TypeId].Name));
    }

    [Fact]
    public void A_rule_that_no_packet_reaches_has_no_line()
    {
        using var loaded = Load("drop\nudp dport 53 pass");
        Assert.DoesNotContain(Lines(loaded.Program), line => line.Text.Contains("53", StringComparison.Ordinal));
    }

    private static LoadedFilter Load(string rules) =>
        LoadedFilter.Load(FilterCompiler.Compile(Rules.Table(rules)), "edge-1", LoadedFilter.Now, _ => 1);

    private static List<(int Line, string Text)> Lines(BpfProgram program)
    {
        var btf = BtfOf(program);
        return [.. program.GetLines().Select(line => (line.Line, btf.StringAt(line.LineOffset)))];
    }

    private static Btf BtfOf(BpfProgram program)
    {
        using var btf = BpfBtf.OpenById(program.GetInfo().BtfId);
        return Btf.Parse(btf.GetRaw());
    }
}
