using Skep.Isa;

namespace Skep.Inventory.Code;

/// <summary>
/// The helper that a kernel function implements. Most have the helper's own name; program types have variants (<c>.func</c> of each
/// <c>struct bpf_func_proto</c>: kernel/trace/bpf_trace.c, net/core/filter.c, kernel/bpf/), and the verifier calls a map's operation in
/// place of the helper (<c>do_misc_fixups</c> of kernel/bpf/verifier.c).
/// </summary>
public static class HelperSymbols
{
    private static readonly string[] VariantEndings =
    [
        "_tp", "_raw_tp", "_pe", "_compat", "_tracing", "_sleepable", "_recur", "_kprobe", "_kprobe_multi", "_uprobe_multi", "_trace",
        "_sock_addr",
        "_sock_ops", "_sock", "_sk_msg", "_sk_skb", "_curr", "_cg_sock",
    ];

    // What a program type puts before the helper's own name.
    private static readonly string[] VariantBeginnings =
        ["bpf_sock_addr_", "bpf_sock_ops_", "bpf_unlocked_sk_", "bpf_flow_dissector_", "bpf_lwt_in_", "bpf_lwt_xmit_", "bpf_xdp_",
            "bpf_skb_", "bpf_tc_", "bpf_sk_"];

    private static readonly Dictionary<string, string> Variants = new(StringComparer.Ordinal)
    {
        ["bpf_event_output_data"] = "bpf_perf_event_output",
        ["bpf_skb_event_output"] = "bpf_perf_event_output",
        ["bpf_xdp_event_output"] = "bpf_perf_event_output",
        ["bpf_probe_read_compat_str"] = "bpf_probe_read_str",
        ["bpf_user_rnd_u32"] = "bpf_get_prandom_u32",
        ["bpf_get_raw_cpu_id"] = "bpf_get_smp_processor_id",
        ["bpf_get_socket_ptr_cookie"] = "bpf_get_socket_cookie",
        ["bpf_sk_lookup_assign"] = "bpf_sk_assign",
        ["bpf_flow_dissector_load_bytes"] = "bpf_skb_load_bytes",
        ["sk_reuseport_load_bytes"] = "bpf_skb_load_bytes",
        ["sk_reuseport_load_bytes_relative"] = "bpf_skb_load_bytes_relative",
        ["sk_select_reuseport"] = "bpf_sk_select_reuseport",
        ["sk_skb_pull_data"] = "bpf_skb_pull_data",
        ["sk_skb_change_tail"] = "bpf_skb_change_tail",
        ["sk_skb_change_head"] = "bpf_skb_change_head",
        ["sk_skb_adjust_room"] = "bpf_skb_adjust_room",
        ["bpf_lwt_in_push_encap"] = "bpf_lwt_push_encap",
        ["bpf_lwt_xmit_push_encap"] = "bpf_lwt_push_encap",
        ["bpf_for_each_array_elem"] = "bpf_for_each_map_elem",
        ["bpf_for_each_hash_elem"] = "bpf_for_each_map_elem",
        ["dev_map_redirect"] = "bpf_redirect_map",
        ["dev_hash_map_redirect"] = "bpf_redirect_map",
        ["cpu_map_redirect"] = "bpf_redirect_map",
        ["xsk_map_redirect"] = "bpf_redirect_map",
        ["bpf_xdp_redirect_map"] = "bpf_redirect_map",
        ["queue_stack_map_push_elem"] = "bpf_map_push_elem",
        ["bpf_percpu_array_update"] = "bpf_map_update_elem",
        ["bpf_percpu_hash_update"] = "bpf_map_update_elem",
    };

    private static readonly (string Ending, string Helper)[] MapOperations =
    [
        ("_lookup_percpu_elem", "bpf_map_lookup_percpu_elem"), ("_lookup_elem", "bpf_map_lookup_elem"),
        ("_update_elem", "bpf_map_update_elem"),
        ("_delete_elem", "bpf_map_delete_elem"), ("_push_elem", "bpf_map_push_elem"), ("_pop_elem", "bpf_map_pop_elem"),
        ("_peek_elem", "bpf_map_peek_elem"),
    ];

    /// <summary>The helper of a symbol of /proc/kallsyms; null for a function that implements none.</summary>
    public static string? HelperOf(string symbol)
    {
        // GCC marks its clones: .constprop.0, .isra.0.
        int clone = symbol.IndexOf('.', StringComparison.Ordinal);
        if (clone > 0) symbol = symbol[..clone];
        if (HelperNames.TryGetId(symbol, out _)) return symbol;
        if (Variants.TryGetValue(symbol, out string? helper)) return helper;
        foreach (string ending in VariantEndings)
            if (symbol.EndsWith(ending, StringComparison.Ordinal) && HelperNames.TryGetId(symbol[..^ending.Length], out _))
                return symbol[..^ending.Length];
        foreach (string beginning in VariantBeginnings)
            if (symbol.StartsWith(beginning, StringComparison.Ordinal) && HelperNames.TryGetId($"bpf_{symbol[beginning.Length..]}", out _))
                return $"bpf_{symbol[beginning.Length..]}";
        foreach ((string ending, string operation) in MapOperations)
            if (symbol.EndsWith(ending, StringComparison.Ordinal)) return operation;
        return null;
    }

    /// <summary>
    /// Whether a map's operation gives the element that holds the value, not the value: the verifier adds what is missing
    /// (<c>htab_map_gen_lookup</c>).
    /// </summary>
    public static bool GivesElement(string symbol) => symbol == "__htab_map_lookup_elem";
}
