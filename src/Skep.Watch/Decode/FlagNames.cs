namespace Skep.Watch.Decode;

/// <summary>Names of flags, as the kernel's headers have them, in lower case and without their prefix.</summary>
internal static class FlagNames
{
    private static readonly string[] AttachNames = ["allow_override", "allow_multi", "replace", "before", "after", "id", "preorder"];
    private static readonly string[] XdpNames = ["update_if_noexist", "skb_mode", "drv_mode", "hw_mode", "replace"];
    private static readonly string[] SeccompNames = ["tsync", "log", "spec_allow", "new_listener", "tsync_esrch", "wait_killable_recv"];
    private static readonly string[] TcNames = ["direct_action"];

    // Its value is that of a map's flags (include/uapi/linux/bpf.h).
    private const uint AttachLink = 1 << 13;

    /// <summary><c>BPF_F_*</c> of PROG_ATTACH.</summary>
    public static string[] Attach(uint flags) =>
        (flags & AttachLink) == 0 ? Of(AttachNames, flags) : [.. Of(AttachNames, flags & ~AttachLink), "link"];

    /// <summary><c>XDP_FLAGS_*</c>.</summary>
    public static string[] Xdp(uint flags) => Of(XdpNames, flags);

    /// <summary><c>SECCOMP_FILTER_FLAG_*</c>.</summary>
    public static string[] Seccomp(uint flags) => Of(SeccompNames, flags);

    /// <summary><c>TCA_BPF_FLAG_ACT_*</c>.</summary>
    public static string[] Tc(uint flags) => Of(TcNames, flags);

    private static string[] Of(string[] names, uint flags)
    {
        var set = new List<string>();
        for (int bit = 0; bit < 32; bit++)
            if ((flags >> bit & 1) != 0) set.Add(bit < names.Length ? names[bit] : $"0x{1u << bit:x}");
        return [.. set];
    }
}
