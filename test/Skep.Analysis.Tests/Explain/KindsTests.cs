using Skep.Analysis.Explain;
using Skep.Analysis.Tests.Support;
using Skep.Inventory.Code;

namespace Skep.Analysis.Tests.Explain;

/// <summary>
/// Programs of many kinds, whose source says what explain must find. Compiled for two instruction sets: the code differs, what it does does
/// not.
/// </summary>
public sealed class KindsTests
{
    public static TheoryData<string> Cpus => ["v1", "v2", "v3"];

    [Theory]
    [MemberData(nameof(Cpus))]
    public void A_record_of_the_stack_has_the_fields_that_are_stored(string cpu)
    {
        OutputRecord record = Assert.Single(Of("from_stack", cpu).Outputs);
        Assert.Equal(("ring", 48), (record.Map!.Name, record.Size));
        AssertField(record, 0, 4, "pid", "process id (bpf_get_current_pid_tgid)");
        AssertField(record, 4, 4, "tid", "thread id (bpf_get_current_pid_tgid)");
        AssertField(record, 16, 16, "name", "name of the thread (bpf_get_current_comm)");
        AssertField(record, 32, 8, "when", "nanoseconds since boot without suspend (bpf_ktime_get_ns)");
        RecordField never = record.Fields.Single(field => field.Offset <= 8 && field.Offset + field.Size > 8);
        Assert.All(never.Stored, value => Assert.Equal("0", value.Text));
        RecordField flag = record.Fields.Single(field => field.Offset == 40);
        Assert.Contains(flag.Stored, value => value.Text.Contains('7', StringComparison.Ordinal) || value.Text == "one of several values");
    }

    [Theory]
    [MemberData(nameof(Cpus))]
    public void A_record_of_a_map_value_has_the_values_type(string cpu)
    {
        OutputRecord record = Assert.Single(Of("from_heap", cpu).Outputs);
        Assert.Equal(("events", 80, "heap_event", NameSource.MapType), (record.Map!.Name, record.Size, record.TypeName, record.TypedBy));
        AssertField(record, 0, 8, "when", "nanoseconds since boot (bpf_ktime_get_boot_ns)");
        AssertField(record, 8, 4, "uid", "user id (bpf_get_current_uid_gid)");
        AssertField(record, 12, 4, "cpu", "CPU number (bpf_get_smp_processor_id)");
        AssertField(record, 16, 64, "path", "kernel memory: filename.name (bpf_probe_read_kernel_str)");
    }

    [Fact]
    public void Hiding_needs_both_the_write_and_the_place()
    {
        Assert.Equal(["hides-from-getdents", "reads-user-memory", "writes-user-memory"], Names("hide"));
        Assert.Equal(["writes-user-memory"], Names("write_only"));
        Assert.Equal(["writes-user-memory"], Names("too_early"));
    }

    [Fact]
    public void A_verdict_drops_and_a_length_does_not()
    {
        Assert.Equal(["drops-packets"], Names("message_verdict"));
        Assert.Empty(Names("message_length"));
    }

    [Fact]
    public void Overriding_and_killing_are_found()
    {
        Explanation about = Of("refuse");
        Assert.Equal(["overrides-return", "sends-signals"], about.Findings.Select(f => f.Name).Order());
        Assert.Contains(about.Findings, finding => finding.Text.Contains("SIGKILL", StringComparison.Ordinal));
    }

    [Fact]
    public void What_runs_instead_of_a_function_changes_its_result()
    {
        Explanation about = Of("instead");
        Finding found = Assert.Single(about.Findings);
        Assert.Equal("changes-return-value", found.Name);
        Assert.StartsWith("may return -13: ", found.Text, StringComparison.Ordinal);
        Assert.Equal(["-13", "0"], about.Returns.Select(value => value.Text).Order());
    }

    [Fact]
    public void Keystrokes_need_the_place_and_the_reading()
    {
        Explanation keys = Of("keys");
        Assert.Contains(keys.Findings, finding => finding.Name == "reads-keystrokes");
        Assert.DoesNotContain("reads-keystrokes", Names("count_only"));
        Assert.Equal(["reads-typed-lines", "reads-user-memory"], Names("typed"));
        OutputRecord record = Assert.Single(keys.Outputs);
        Assert.Equal(12, record.Size);
        AssertField(record, 0, 4, "type", "context field type", anyText: true);
        AssertField(record, 4, 4, "code", "context field code", anyText: true);
        AssertField(record, 8, 4, "value", "context field value", anyText: true);
    }

    [Theory]
    [MemberData(nameof(Cpus))]
    public void Packets_dropped_sent_back_changed_and_redirected(string cpu)
    {
        Explanation bounce = Of("bounce", cpu);
        Assert.Equal(["drops-packets", "redirects-packets", "rewrites-packets", "sends-packets-back"],
            bounce.Findings.Select(f => f.Name).Order());
        Assert.Empty(Of("look", cpu).Findings);
        Assert.Contains(Of("look", cpu).Reads, read => read.Text == "packet data");
        Assert.DoesNotContain(Of("look", cpu).Writes, write => write.Text.Contains("packet", StringComparison.Ordinal));
        Explanation shape = Of("shape", cpu);
        Assert.Equal(["drops-packets", "redirects-packets", "rewrites-packets"], shape.Findings.Select(f => f.Name).Order());
        Assert.Contains(shape.Writes, write => write.Text == "context field mark");
        Assert.Contains(shape.Reads, read => read.Text == "context field len");
    }

    [Fact]
    public void Addresses_are_rewritten()
    {
        Explanation about = Of("redirect");
        Assert.Contains(about.Findings, finding => finding.Name == "rewrites-addresses");
        Assert.Contains(about.Writes, write => write.Text == "context field user_ip4");
        Assert.Contains(about.Reads, read => read.Text == "context field user_port");
    }

    [Fact]
    public void Fields_of_the_kernel_are_named_through_CO_RE()
    {
        Explanation about = Of("open_file");
        Assert.Contains(about.Reads, read => read.Text == "kernel memory: inode.i_ino");
        Assert.Contains(about.Reads, read => read.Text == "kernel memory: task_struct.real_parent");
        Assert.Contains(about.Reads, read => read.Text == "kernel memory: task_struct.tgid");
        OutputRecord record = Assert.Single(about.Outputs);
        AssertField(record, 0, 8, "inode", "kernel memory: inode.i_ino (bpf_probe_read_kernel)", anyText: true);
        AssertField(record, 8, 4, "parent", "kernel memory: task_struct.tgid (bpf_probe_read_kernel)", anyText: true);
    }

    [Fact]
    public void What_a_function_stores_for_its_caller_is_in_the_record()
    {
        OutputRecord record = Assert.Single(Of("by_function").Outputs);
        Assert.Equal(48, record.Size);
        AssertField(record, 0, 4, "pid", "CPU number (bpf_get_smp_processor_id)");
        AssertField(record, 32, 8, "when", "nanoseconds since boot without suspend (bpf_ktime_get_ns)");
        AssertField(record, 16, 16, "name", "name of the thread (bpf_get_current_comm)");
    }

    [Fact]
    public void Devices_and_sockets()
    {
        Assert.Contains(Of("device").Reads, read => read.Text == "context field major");
        Assert.Contains("changes-sockets", Names("sockets"));
    }

    [Fact]
    public void Each_statement_about_code_names_instructions_that_exist() => Assert.All(BpfPrograms.OfSource(Source), code =>
    {
        Explanation about = Explainer.Explain(code);
        IEnumerable<int> slots =
            about.Findings.SelectMany(f => f.Slots).Concat(about.Reads.SelectMany(s => s.Slots))
                .Concat(about.Writes.SelectMany(s => s.Slots)).Concat(about.Calls.SelectMany(c => c.Slots));
        Assert.True(slots.All(slot => slot >= 0 && slot < code.Instructions.Length),
            $"{code.Name}: {string.Join(' ', slots)} of {code.Instructions.Length} instructions");
        Assert.True(about.Findings.All(finding => finding.Slots.Count > 0), $"{code.Name}: a finding names no instruction");
    });

    private const string Source = "Programs/kinds.bpf.c";

    private static Explanation Of(string program, string cpu = "v3") =>
        Explainer.Explain(BpfPrograms.OfSource(Source, cpu).Single(code => code.Name == program));

    private static IEnumerable<string> Names(string program) => Of(program).Findings.Select(finding => finding.Name).Order();

    private static void AssertField(OutputRecord record, int offset, int size, string name, string stored, bool anyText = false)
    {
        RecordField field = Assert.Single(record.Fields, field => field.Offset == offset);
        Assert.Equal((size, name), (field.Size, field.Name));
        if (!anyText) Assert.Equal(stored, Assert.Single(field.Stored).Text);
        else Assert.Contains(field.Stored, value => value.Text == stored);
    }
}
