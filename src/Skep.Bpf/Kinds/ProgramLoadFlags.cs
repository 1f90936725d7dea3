namespace Skep.Bpf;

/// <summary><c>BPF_F_*</c> of BPF_PROG_LOAD (include/uapi/linux/bpf.h).</summary>
[Flags]
public enum ProgramLoadFlags : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><c>BPF_F_STRICT_ALIGNMENT</c>: as on a machine without unaligned access.</summary>
    StrictAlignment = 1 << 0,

    /// <summary><c>BPF_F_ANY_ALIGNMENT</c>.</summary>
    AnyAlignment = 1 << 1,

    /// <summary><c>BPF_F_TEST_RND_HI32</c>.</summary>
    TestRandomHigh32 = 1 << 2,

    /// <summary><c>BPF_F_TEST_STATE_FREQ</c>.</summary>
    TestStateFrequency = 1 << 3,

    /// <summary><c>BPF_F_SLEEPABLE</c>: it may sleep, so it can read memory that is paged out (Linux 5.10).</summary>
    Sleepable = 1 << 4,

    /// <summary><c>BPF_F_XDP_HAS_FRAGS</c>: it understands packets of several buffers (Linux 5.18).</summary>
    XdpHasFrags = 1 << 5,

    /// <summary><c>BPF_F_XDP_DEV_BOUND_ONLY</c> (Linux 6.3).</summary>
    XdpDeviceBoundOnly = 1 << 6,

    /// <summary><c>BPF_F_TEST_REG_INVARIANTS</c> (Linux 6.8).</summary>
    TestRegisterInvariants = 1 << 7,
}
