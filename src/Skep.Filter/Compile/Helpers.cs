namespace Skep.Filter.Compile;

/// <summary>Numbers of kernel helpers (include/uapi/linux/bpf.h, <c>__BPF_FUNC_MAPPER</c>).</summary>
internal static class Helpers
{
    internal const int MapLookup = 1;
    internal const int MapUpdate = 2;
    internal const int KtimeGetNs = 5;
    internal const int RandomU32 = 7;
    internal const int TailCall = 12;
    internal const int RedirectMap = 51;
    internal const int GetBufferLength = 188;
    internal const int FibLookup = 69;
    internal const int ProbeReadKernel = 113;
    internal const int KtimeGetBootNs = 125;
    internal const int RingbufOutput = 130;
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
