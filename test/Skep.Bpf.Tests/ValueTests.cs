using System.Runtime.InteropServices;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Bpf.Tests;

public sealed class ValueTests
{
    [Theory]
    [InlineData("none [integrity] confidentiality", Lockdown.Integrity)]
    [InlineData("[none] integrity confidentiality", Lockdown.None)]
    [InlineData("none integrity [confidentiality]", Lockdown.Confidentiality)]
    [InlineData("", Lockdown.Unknown)]
    [InlineData(null, Lockdown.Unknown)]
    public void Lockdown_is_what_is_in_brackets(string? text, Lockdown expected) =>
        Assert.Equal(expected, KernelSettings.ParseLockdown(text));

    [Theory]
    [InlineData("none voluntary full (lazy)", "#1 SMP PREEMPT_DYNAMIC Debian 7.3.4-1", true)]
    [InlineData("(full) lazy", "#1 SMP PREEMPT_DYNAMIC", true)]
    [InlineData("none (voluntary) full", "#1 SMP PREEMPT_DYNAMIC", false)]
    [InlineData(null, "#1 SMP PREEMPT_DYNAMIC", null)]
    [InlineData(null, "#1 SMP PREEMPT Debian", true)]
    [InlineData(null, "#1 SMP PREEMPT_RT Debian", true)]
    [InlineData(null, "#1 SMP Debian", false)]
    [InlineData(null, null, null)]
    public void Preemption_is_that_of_the_model_in_use(string? models, string? version, bool? expected) =>
        Assert.Equal(expected, KernelSettings.ParsePreemption(models, version));

    [Theory]
    [InlineData("0-3,8-11\n", "0 1 2 3 8 9 10 11")]
    [InlineData("0", "0")]
    [InlineData("0,2", "0 2")]
    public void Lists_of_cpus_are_read(string list, string expected) => Assert.Equal(expected, string.Join(' ', PossibleCpus.List(list)));

    [Theory]
    [InlineData(1, "EPERM: Operation not permitted")]
    [InlineData(524, "ENOTSUPP: Operation is not supported")]
    [InlineData(4001, "LIBBPF_ERRNO__FORMAT: not a valid object file")]
    [InlineData(95, "EOPNOTSUPP: Operation not supported")]
    [InlineData(11, "EAGAIN: Resource temporarily unavailable")]
    public void Error_numbers_have_names(int number, string expected) => Assert.Equal(expected, new Errno(number).ToString());

    [Fact]
    public void All_error_names_are_the_systems()
    {
        string source = Path.Combine(Path.GetTempPath(), $"skep-errno-{Environment.ProcessId}.c");
        try
        {
            IEnumerable<string> lines = Enumerable.Range(1, 133).Select(n => Errno.NameOf(n)).Where(
                n => !char.IsAsciiDigit(n[1])).Distinct()
                .Select(n => $"_Static_assert({n} == {Enumerable.Range(1, 133).First(i => Errno.NameOf(i) == n)}, \"{n}\");");
            File.WriteAllLines(source, lines.Prepend("#include <errno.h>"));
            Tool.Run(Tool.Clang, "-fsyntax-only", source);
        }
        finally
        {
            File.Delete(source);
        }
    }

    [Fact]
    public void Types_that_are_not_known_are_named_by_number()
    {
        Assert.Equal("type 99", ((BpfProgramType)99).Name());
        Assert.Equal("ringbuf", BpfMapType.Ringbuf.Name());
        Assert.Equal("lsm_mac", BpfAttachType.LsmMac.Name());
        Assert.False(BpfMapTypeNames.TryParse("no_such", out _));
    }

    [Fact]
    public void Names_of_program_types_are_libbpfs() => CheckNames(libbpf_bpf_prog_type_str, static n => ((BpfProgramType)n).Name());

    [Fact]
    public void Names_of_map_types_are_libbpfs() => CheckNames(libbpf_bpf_map_type_str, static n => ((BpfMapType)n).Name());

    [Fact]
    public void Names_of_link_types_are_libbpfs() => CheckNames(libbpf_bpf_link_type_str, static n => ((BpfLinkType)n).Name());

    [Fact]
    public void Names_of_attach_types_are_libbpfs() => CheckNames(libbpf_bpf_attach_type_str, static n => ((BpfAttachType)n).Name());

    private static void CheckNames(Func<uint, nint> theirs, Func<uint, string> ours)
    {
        var names = new List<string>();
        while (Marshal.PtrToStringUTF8(theirs((uint)names.Count)) is { } name) names.Add(name);
        Assert.NotEmpty(names);
        Assert.Equal(names, Enumerable.Range(0, names.Count).Select(number => ours((uint)number)));
    }

    [DllImport("libbpf.so.1")]
    private static extern nint libbpf_bpf_prog_type_str(uint type);

    [DllImport("libbpf.so.1")]
    private static extern nint libbpf_bpf_map_type_str(uint type);

    [DllImport("libbpf.so.1")]
    private static extern nint libbpf_bpf_link_type_str(uint type);

    [DllImport("libbpf.so.1")]
    private static extern nint libbpf_bpf_attach_type_str(uint type);

    [Theory]
    [InlineData("a\nprocessed 1 insns (limit 1000000) max_states_per_insn 0\n", "a")]
    [InlineData("1\n2\n3\n4\n5\n6\n", "3\n4\n5\n6")]
    [InlineData(
        "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\nwhy\nprocessed 0 insns\n-- END PROG LOAD LOG --\nlibbpf: failed to load object\n",
        "why")]
    [InlineData(
        "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\n-- END PROG LOAD LOG --\nlibbpf: no\n",
        "libbpf: prog 'x': -- BEGIN PROG LOAD LOG --\n-- END PROG LOAD LOG --\nlibbpf: no")]
    [InlineData("", "")]
    public void A_logs_summary_is_its_last_words(string log, string summary) => Assert.Equal(summary, VerifierLog.Summary(log));

    [Fact]
    public void Kernel_names_are_cut_and_cleaned()
    {
        Assert.Equal("fifteen_bytes_i", Interop.ObjectName.From("fifteen bytes is it").ToString());
        Assert.Equal("a.b_c", Interop.ObjectName.From("a.b-c").ToString());
    }
}
