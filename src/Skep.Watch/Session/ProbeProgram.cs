using Skep.Isa;
using Skep.Watch.Events;

namespace Skep.Watch.Session;

/// <summary>A program that libbpf loads to find out what the kernel can do.</summary>
/// <param name="Types">Its type; another in other versions.</param>
/// <param name="Code">Its instructions in hexadecimal; <c>m</c> stands for the descriptor of a map.</param>
/// <param name="Name">Its name.</param>
/// <param name="AttachType">The attach type that it expects.</param>
internal sealed record ProbeProgram(string[] Types, string Code, string Name = "", string? AttachType = null)
{
    private const string Return0 = "b700000000000000" + Exit, Exit = "9500000000000000", AnyMap = "mmmmmmmm";
    private const string DetectArgumentTag = "det_arg_ctx", DetectOffsets = "global_reloc";

    /// <summary>Those of features.c, of bpf_object__probe_loading(), and of probe_memcg_account() in bpf.c.</summary>
    public static IReadOnlyList<ProbeProgram> All { get; } =
    [
        new(["socket_filter"], Return0, "libbpf_nametest"),
        new(["socket_filter", "tracepoint"], Return0),
        new(["cgroup_sock"], Return0, AttachType: "cgroup_inet_sock_create"),
        new(["kprobe"], Return0, AttachType: "trace_uprobe_multi"),
        // Stores 42 into the value of a map, at 16
        new(["socket_filter"], "18210000" + AnyMap + "0000000010000000" + "7a0100002a000000" + Return0),
        // bpf_probe_read_kernel(r10 - 8, 8, 0)
        new(["tracepoint"],
            "bfa1000000000000" + "07010000f8ffffff" + "b702000008000000" + "b703000000000000" + "8500000071000000" + Exit),
        // bpf_get_attach_cookie()
        new(["kprobe", "tracepoint"], "85000000ae000000" + Exit),
        // bpf_ktime_get_coarse_ns()
        new(["socket_filter"], "85000000a0000000" + Exit),
        // A function of its own that calls bpf_get_func_ip()
        new(["kprobe"], "8510000001000000" + Exit + "85000000ad000000" + Exit, DetectArgumentTag),
        // Loads the address at 1 << 30 of a value of one byte
        new(["socket_filter", "tracepoint"], "18210000" + AnyMap + "0000000000000040" + Exit, DetectOffsets),
    ];

    /// <summary>Whether it stores into a map that another probe made.</summary>
    public bool UsesMap => Code.Contains('m') && Name != DetectOffsets;

    /// <summary>Whether a program is this one.</summary>
    public bool IsOf(ProgramDetails program, ReadOnlySpan<byte> code)
    {
        if (!Types.Contains(program.Type) || (program.Name ?? "") != Name || program.ExpectedAttachType != AttachType) return false;
        if (code.Length * 2 != Code.Length || code.Length % Instruction.Size != 0) return false;
        string hex = Convert.ToHexStringLower(code);
        for (int i = 0; i < hex.Length; i++)
            if (Code[i] != 'm' && Code[i] != hex[i]) return false;
        return true;
    }

    /// <summary>Whether it sets an attribute that the others leave zero.</summary>
    public bool Sets(string attribute) => Name switch
    {
        DetectArgumentTag => attribute is "prog_btf_fd" or "func_info" or "func_info_rec_size" or "func_info_cnt",
        DetectOffsets => attribute is "log_level" or "log_size" or "log_buf" or "log_true_size",
        _ => false,
    };
}
