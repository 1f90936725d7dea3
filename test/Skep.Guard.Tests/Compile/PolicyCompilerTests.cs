using Skep.Guard.Compile;
using Skep.Guard.Model;

namespace Skep.Guard.Tests.Compile;

/// <summary>What the kernel side is given, and what it cannot be.</summary>
public sealed class PolicyCompilerTests
{
    [Fact]
    public void What_cannot_be_found_out_lets_rules_hold_that_deny_and_no_others()
    {
        GuardTables tables = Compile("""
            [[rule]]
            action = "alert"
            kfunc = "bpf_x"

            [[rule]]
            action = "allow"
            kfunc = "bpf_x"

            [[rule]]
            action = "deny"
            kfunc = "bpf_x"

            [[rule]]
            action = "deny"
            prog_type = "kprobe"
            """);
        Assert.Equal(0b1100ul, tables.Rows[tables.UnknownRows[(int)ConditionKind.Kfunc]][0]);
    }

    [Fact]
    public void Every_process_is_in_the_root_of_cgroups()
    {
        GuardTables tables = Compile("""
            [[rule]]
            action = "deny"
            cgroup = "/"

            [[rule]]
            action = "deny"
            not_cgroup = "/"

            [[rule]]
            action = "deny"
            not_cgroup = "/a"
            """);
        Assert.Equal(0b101ul, tables.Rows[tables.DefaultRows[(int)ConditionKind.Cgroup]][0]);
    }

    [Fact]
    public void What_the_kernel_side_would_leave_out_is_refused()
    {
        Refused(string.Join(", ", Enumerable.Range(0, 257).Select(i => $"\"p{i}*\"")), "prog_name", "prog_name: 257 patterns");
        Refused("\"/agent\"", "exe", "exe: a text of 256 bytes");
    }

    private static void Refused(string values, string key, string message) => Assert.StartsWith(
        message,
        Assert.Throws<NotSupportedException>(() => Compile($"[[rule]]\naction = \"deny\"\n{key} = [{values}]\n")).Message,
        StringComparison.Ordinal);

    private static GuardTables Compile(string rules) => PolicyCompiler.Compile([PolicyText.Read(PolicyText.Header + rules)], new Names());

    private sealed class Names : IGuardNames
    {
        public bool TagsAreSha256 => true;

        public IReadOnlyList<ulong> Kfunc(string name) => [1];

        public IReadOnlyList<ulong> AttachFunction(string name) => [1];

        public IReadOnlyList<FilePattern> Executables(string pattern) => [new(1, new string('a', 250) + pattern, null)];
    }
}
