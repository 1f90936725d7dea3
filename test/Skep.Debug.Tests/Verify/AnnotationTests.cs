using System.Xml.Linq;
using Skep.Debug.Verify;

namespace Skep.Debug.Tests.Verify;

/// <summary>Programs beside their source lines and the verifier's states.</summary>
public sealed class AnnotationTests
{
    private const string Log = """
        0: R1=ctx() R10=fp0
        ; if (a < b && c) @ prog.bpf.c:3
        0: (b7) r6 = 0                        ; R6_w=0
        1: (85) call bpf_get_prandom_u32#7    ; R0_w=scalar()
        2: (15) if r0 == 0x0 goto pc+2        ; R0_w=scalar()
        3: (b7) r0 = 0                        ; R0_w=0
        4: (95) exit

        from 2 to 5: R0=0 R6=0 R10=fp0
        ; return *p; @ prog.bpf.c:4
        5: (79) r1 = *(u64 *)(r6 +0)
        R6 invalid mem access 'scalar'
        processed 6 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0
        """;

    private static readonly Verification s_one = Assert.Single(LogFile.Read(Log, "log"));

    [Fact]
    public void Each_instruction_has_its_line_its_state_and_its_place_on_the_path()
    {
        IReadOnlyList<AnnotatedLine> lines = AnnotatedListing.Of(s_one, null);
        Assert.Equal([0, 1, 2, 3, 4, 5], lines.Select(line => line.Insn));
        Assert.Equal([true, true, true, false, false, true], lines.Select(line => line.IsOnPath));
        Assert.Equal(5, Assert.Single(lines, line => line.IsRefused).Insn);
        Assert.Equal("R0_w=scalar()", lines[1].State);
        Assert.Equal([3, 4], lines.Where(line => line.Source is not null).Select(line => line.Source!.Line));
        Assert.All(lines, line => Assert.Equal(1, line.Visits));
    }

    [Fact]
    public void The_text_marks_the_path_and_its_end()
    {
        using var output = new StringWriter();
        AnnotationWriter.WriteText(output, AnnotatedListing.Of(s_one, null));
        string[] lines = output.ToString().Split('\n');
        Assert.Equal("; prog.bpf.c:3: if (a < b && c)", lines[0]);
        Assert.StartsWith(" |     0: r6 = 0", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("       3: r0 = 0", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("->     5: r1 = *(u64 *)(r6 +0)", lines[7], StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_is_well_formed_and_escapes_what_a_program_says()
    {
        using var output = new StringWriter();
        AnnotationWriter.WriteHtml(output, [(s_one with { Program = "<script>" }, AnnotatedListing.Of(s_one, null))]);
        string page = output.ToString();
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.Contains("if (a &lt; b &amp;&amp; c)", page, StringComparison.Ordinal);
        string body = page[page.IndexOf("<body>", StringComparison.Ordinal)..page.IndexOf("</html>", StringComparison.Ordinal)];
        Assert.Equal(6, XDocument.Parse(body).Descendants("tr").Count(row => row.Elements("td").Count() == 4));
    }
}
