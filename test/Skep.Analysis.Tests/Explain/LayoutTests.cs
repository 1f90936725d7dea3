using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Explain;

/// <summary>Records whose bytes differ from way to way, and shapes that look like others: the source says what is so.</summary>
public sealed class LayoutTests
{
    public static TheoryData<string> Cpus => ["v1", "v2", "v3"];

    [Theory]
    [MemberData(nameof(Cpus))]
    public void A_store_at_a_computed_offset_is_told_where_it_may_be(string cpu)
    {
        OutputRecord record = Assert.Single(Of("by_index", cpu).Outputs);
        for (int at = 8; at < 40; at += 4)
            Assert.Contains(At(record, at).Stored,
                value => value.Text.StartsWith("at a computed offset thread id", StringComparison.Ordinal));
        Assert.All(At(record, 44).Stored, value => Assert.Equal("0", value.Text));
        Assert.Equal(["1"], At(record, 40).Stored.Select(value => value.Text));
    }

    [Theory]
    [MemberData(nameof(Cpus))]
    public void What_is_as_long_as_the_way_says_reaches_to_the_longest(string cpu)
    {
        OutputRecord record = Assert.Single(Of("two_sizes", cpu).Outputs);
        const string read = "user memory at 4096 (bpf_probe_read_user)";
        Assert.Equal(["0"], Texts(record, 0));
        Assert.Equal([read], Texts(record, 8));
        Assert.Equal(["0", read], Texts(record, 12));
        Assert.Equal(["0", read], Texts(record, 20));
        Assert.Equal(["0"], Texts(record, 24));
    }

    [Theory]
    [MemberData(nameof(Cpus))]
    public void What_is_of_any_length_ends_at_the_next_field_and_not_at_cleared_bytes(string cpu)
    {
        OutputRecord record = Assert.Single(Of("any_size", cpu).Outputs);
        foreach (int at in (int[])[8, 16, 60]) Assert.Contains("user memory at 4096 (bpf_probe_read_user_str)", Texts(record, at));
        Assert.Equal(["nanoseconds since boot without suspend (bpf_ktime_get_ns)"], Texts(record, 64));
    }

    [Fact]
    public void What_has_a_longest_length_ends_there()
    {
        OutputRecord record = Assert.Single(Of("bounded_size").Outputs);
        foreach (int at in (int[])[8, 27]) Assert.Contains("user memory at 4096 (bpf_probe_read_user)", Texts(record, at));
        foreach (int at in (int[])[0, 28, 63]) Assert.Equal(["0"], Texts(record, at));
    }

    [Theory]
    [MemberData(nameof(Cpus))]
    public void A_read_of_some_length_into_the_frame_leaves_the_rest_of_it(string cpu)
    {
        OutputRecord record = Assert.Single(Of("beside", cpu).Outputs);
        Assert.Equal(["nanoseconds since boot without suspend (bpf_ktime_get_ns)"], Texts(record, 0));
        Assert.Equal(["process id (bpf_get_current_pid_tgid)"], Texts(record, 40));
        Assert.Equal(["CPU number (bpf_get_smp_processor_id)"], Texts(record, 44));
    }

    [Theory]
    [MemberData(nameof(Cpus))]
    public void What_only_some_ways_store_is_told_so(string cpu)
    {
        OutputRecord record = Assert.Single(Of("sometimes", cpu).Outputs);
        Assert.Equal([false, true, false], record.Fields.Select(field => field.MaybeUnset));
        Assert.Equal(["(nanoseconds since boot without suspend (bpf_ktime_get_ns) - 1000) / 1000"], Texts(record, 8));
    }

    [Theory]
    [InlineData("some_of_packet", "followed by a computed number of bytes of the packet, at most 1000")]
    [InlineData("start_of_packet", "followed by 64 bytes of the packet")]
    [InlineData("none_of_packet", null)]
    public void Packet_bytes_behind_a_record_are_told_also_when_their_number_is_computed(string program, string? note) =>
        Assert.Equal(note, Assert.Single(Of(program).Outputs).Note);

    [Fact]
    public void A_copy_of_the_stack_is_what_was_there()
    {
        Explanation about = Of("copied");
        Assert.Equal(["process id << 32 | thread id (bpf_get_current_pid_tgid)"], Texts(Assert.Single(about.Outputs), 0));
        Assert.Empty(about.Reads);
    }

    [Fact]
    public void A_timers_function_writes_the_value_that_the_timer_is_in() =>
        Assert.Contains(Of("later").Writes, write => write.Text == "values of map timers" && write.Slots.Count == 1);

    [Fact]
    public void A_jump_backwards_is_a_loop_only_when_it_can_be_taken_again()
    {
        Assert.Empty(Of("backwards").Shape);
        Assert.Equal("1 jump backwards (loops)", Assert.Single(Of("around").Shape).Text);
    }

    [Fact]
    public void Parameters_have_no_names_when_the_compiler_may_have_taken_some_out()
    {
        string text =
            string.Join('\n',
                Skep.Analysis.Decompile.Decompilation.Of(Code("moved_up", "v3")).Functions.SelectMany(function => function.Lines)
                    .Select(line => line.Text));
        Assert.DoesNotContain("unused", text, StringComparison.Ordinal);
        Assert.DoesNotContain("second", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_that_the_file_has_no_bytes_of_have_their_size() =>
        Assert.Equal(24u, Assert.Single(Of("counts").Maps, use => use.Slots.Count > 0).Map.ValueSize);

    [Fact]
    public void A_field_of_a_union_without_a_name_has_its_own_name()
    {
        Skep.Bpf.Btf? kernel = BpfPrograms.Machine.Types.Btf;
        Assert.SkipWhen(kernel is null, "the machine cannot: its kernel has no BTF");
        Assert.True(kernel!.TryFind("sk_buff", Skep.Bpf.BtfKind.Struct, out Skep.Bpf.BtfType type));
        var members = new HashSet<string>();
        for (int offset = 0; offset + 4 <= (int)type.Size; offset += 4)
        {
            if (Skep.Analysis.Analyze.TypeTable.Field(kernel, type.Id, offset, 4) is not { } place) continue;
            Assert.NotEmpty(place.Path);
            members.Add(place.Path);
        }

        Assert.Contains("mark", members);
    }

    private static ProgramCode Code(string name, string cpu) =>
        BpfPrograms.OfSource("Programs/layouts.bpf.c", cpu).Single(code => code.Name == name);

    private static Explanation Of(string name, string cpu = "v3") => Explainer.Explain(Code(name, cpu));

    private static RecordField At(OutputRecord record, int offset) =>
        record.Fields.Single(field => field.Offset <= offset && offset < field.Offset + field.Size);

    private static IEnumerable<string> Texts(OutputRecord record, int offset) =>
        At(record, offset).Stored.Select(value => value.Text).Distinct();
}
