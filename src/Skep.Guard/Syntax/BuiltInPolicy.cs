using Skep.Filter.Syntax;
using Skep.Guard.Model;

namespace Skep.Guard.Syntax;

/// <summary>The policy that is applied beside all others: against programs that could make guard blind.</summary>
public static class BuiltInPolicy
{
    /// <summary>Its name, and what stands for its file.</summary>
    public const string Name = "built-in";

    /// <summary>Its text.</summary>
    public const string Text = """
        [policy]
        name = "built-in"

        [[rule]]
        action = "deny"
        on = "prog_load"
        message = "a program at the hooks of bpf(2) decides before guard, or instead of it"
        expected_attach_type = ["lsm_mac", "lsm_cgroup", "modify_return"]
        attach_function = [
            "bpf_lsm_bpf", "bpf_lsm_bpf_map", "bpf_lsm_bpf_prog", "bpf_lsm_bpf_prog_load", "bpf_lsm_bpf_map_create",
            "security_bpf", "security_bpf_map", "security_bpf_prog", "security_bpf_prog_load", "security_bpf_map_create",
        ]

        [[rule]]
        action = "deny"
        on = "prog_load"
        message = "a program that overrides what kernel functions return could keep them from asking guard"
        helper = "override_return"
        insn_cnt = "3-"

        [[rule]]
        action = "alert"
        on = "prog_load"
        message = "a program that writes to processes, or ends them, could do so to skep"
        helper = ["probe_write_user", "send_signal", "send_signal_thread"]
        insn_cnt = "3-"

        """;

    /// <summary>Reads it.</summary>
    public static Policy Read() => new PolicyReader(new SourceText(Name, Text)).Read().Policy!;
}
