namespace Skep.Filter.Model;

/// <summary>What is decided for a packet.</summary>
public enum VerdictKind
{
    /// <summary>Nothing: the next rule is tried.</summary>
    Continue,

    /// <summary>The packet is thrown away (XDP_DROP).</summary>
    Drop,

    /// <summary>The packet goes to the kernel's network stack (XDP_PASS).</summary>
    Pass,

    /// <summary>The packet leaves by the device it came in (XDP_TX).</summary>
    Tx,

    /// <summary>The packet leaves by another device (XDP_REDIRECT through a device map).</summary>
    RedirectDevice,

    /// <summary>The packet goes to the network stack of another CPU (XDP_REDIRECT through a CPU map).</summary>
    RedirectCpu,

    /// <summary>The packet goes to the AF_XDP socket of its receive queue (XDP_REDIRECT through a socket map).</summary>
    RedirectXsk,

    /// <summary>The packet is forwarded by the kernel's routing table (bpf_fib_lookup).</summary>
    RedirectFib,
}

/// <summary>A verdict with what it needs.</summary>
/// <param name="Kind">What is decided.</param>
/// <param name="Device">The device, for <see cref="VerdictKind.RedirectDevice"/>.</param>
/// <param name="Cpu">The CPU, for <see cref="VerdictKind.RedirectCpu"/>.</param>
public readonly record struct Verdict(VerdictKind Kind, string? Device = null, uint Cpu = 0)
{
    /// <summary>Whether no later rule is tried.</summary>
    public bool IsTerminal => Kind != VerdictKind.Continue;
}
