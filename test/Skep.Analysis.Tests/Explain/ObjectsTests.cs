using System.Globalization;
using Skep.Analysis.Decompile;
using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Explain;

/// <summary>Dynptrs, objects of the program's own, iterators; and an object's types before a linker has placed its variables.</summary>
public sealed class ObjectsTests
{
    [Fact]
    public void Variables_are_named_by_where_the_object_places_them()
    {
        Statement read = Assert.Single(Of("third_char").Returns);
        Assert.EndsWith(", second[3]", read.Text, StringComparison.Ordinal);
        Assert.Contains(Of("by_variable").Returns, value => value.Text.EndsWith(", third", StringComparison.Ordinal));
    }

    [Fact]
    public void A_security_hook_returns_an_int()
    {
        Assert.Contains(Of("by_variable").Findings, finding => finding is { Name: "denies-operations", Text: "may return -1" });
        Assert.Contains(Of("by_variable").Returns, value => value.Text == "-1");
    }

    [Fact]
    public void Statements_on_one_line_name_a_field_each()
    {
        OutputRecord record = Assert.Single(Of("one_line").Outputs);
        Assert.Equal([(0, 4, "pid"), (4, 4, "done"), (8, 8, "when")],
            record.Fields.Select(field => (field.Offset, field.Size, field.Name)));
    }

    [Theory]
    [InlineData("\ta->x = 1; a->y = 2;", 5, "\ta->x = 1")]
    [InlineData("\ta->x = 1; a->y = 2;", 16, " a->y = 2")]
    [InlineData("\ta->x = 1; a->y = 2;", 0, null)]
    [InlineData("\ta->x = 1;", 0, "\ta->x = 1;")]
    [InlineData("for (i = 0; i < 4; i++)", 8, "for (i = 0; i < 4; i++)")]
    [InlineData("call(a->x,", 99, "call(a->x,")]
    public void The_column_tells_the_statement(string line, int column, string? statement) =>
        Assert.Equal(statement, SourceStatement.At(line, column));

    [Fact]
    public void Packets_are_changed_through_dynptrs()
    {
        Assert.Equal(["rewrites-packets"], Names("writes_by_dynptr"));
        Assert.Equal(["rewrites-packets"], Names("writes_by_slice"));
        Assert.Empty(Names("cannot_write"));
    }

    [Fact]
    public void What_a_program_made_itself_is_no_object_of_the_kernel()
    {
        Assert.Empty(Names("own_object"));
        Assert.DoesNotContain(Of("own_object").Writes, write => write.Text.StartsWith("kernel memory", StringComparison.Ordinal));
        Assert.Empty(Of("counts").Reads);
    }

    [Fact]
    public void Stores_by_bpf_dynptr_data_are_in_the_record()
    {
        OutputRecord record = Assert.Single(Of("by_data").Outputs);
        Assert.Equal(("ring", 16), (record.Map!.Name, record.Size));
        RecordField[] stored = [.. record.Fields.Where(field => field.Stored.Count > 0)];
        Assert.Equal([(0, 4, "pid", true), (8, 8, "when", true)],
            stored.Select(field => (field.Offset, field.Size, field.Name, field.MaybeUnset)));
        Assert.Null(record.Note);
    }

    [Fact]
    public void A_member_of_struct_ops_reads_arguments() =>
        Assert.Equal(["context field argument 1", "context field argument 2"], Of("pick").Reads.Select(read => read.Text).Order());

    [Fact]
    public void Printed_values_are_decompiled()
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        DecompilationWriter.WriteText(text, Decompilation.Of(Program("prints")), default);
        string[] calls =
            [
                .. text.ToString().Split('\n').Select(line => line.Trim())
                    .Where(line => line.Contains("bpf_trace_printk", StringComparison.Ordinal))];
        Assert.Equal(2, calls.Length);
        Assert.Matches(@"^bpf_trace_printk\(""%d at 100%% of %llu"", 20, [^,]+ >> 32, [^,]+\);$", calls[0]);
        Assert.Equal(@"bpf_trace_printk(""nothing"", 8);", calls[1]);
    }

    private static string[] Names(string program) => [.. Of(program).Findings.Select(finding => finding.Name).Order()];

    private static Explanation Of(string program) => Explainer.Explain(Program(program));

    private static ProgramCode Program(string name) =>
        BpfPrograms.OfSource("Programs/objects.bpf.c").Single(program => program.Name == name);
}
