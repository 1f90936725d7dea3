using Skep.Isa;

namespace Skep.Filter.Compile;

/// <summary>The helpers that compiled rules call.</summary>
internal static class Helpers
{
    internal static readonly int MapLookup = Id("bpf_map_lookup_elem");
    internal static readonly int MapUpdate = Id("bpf_map_update_elem");
    internal static readonly int KtimeGetNs = Id("bpf_ktime_get_ns");
    internal static readonly int GetSmpProcessorId = Id("bpf_get_smp_processor_id");
    internal static readonly int RandomU32 = Id("bpf_get_prandom_u32");
    internal static readonly int TailCall = Id("bpf_tail_call");
    internal static readonly int RedirectMap = Id("bpf_redirect_map");
    internal static readonly int GetBufferLength = Id("bpf_xdp_get_buff_len");
    internal static readonly int FibLookup = Id("bpf_fib_lookup");
    internal static readonly int ProbeReadKernel = Id("bpf_probe_read_kernel");
    internal static readonly int KtimeGetBootNs = Id("bpf_ktime_get_boot_ns");
    internal static readonly int RingbufOutput = Id("bpf_ringbuf_output");

    private static int Id(string name) =>
        HelperNames.TryGetId(name, out int id) ? id : throw new ArgumentException($"there is no helper {name}", nameof(name));
}

/// <summary>What an XDP program returns (<c>enum xdp_action</c>).</summary>
internal static class XdpAction
{
    internal const int Aborted = 0;
    internal const int Drop = 1;
    internal const int Pass = 2;
    internal const int Tx = 3;
    internal const int Redirect = 4;
    internal const int Count = 5;
}
