namespace Skep.Guard.Model;

/// <summary>What a condition compares. The numbers are those of bpf/include/skep_guard.h.</summary>
public enum ConditionKind : byte
{
    /// <summary>The type of the program.</summary>
    ProgType,

    /// <summary>Where the program expects to be attached.</summary>
    ExpectedAttachType,

    /// <summary>The kernel function, or raw tracepoint, that the program is for.</summary>
    AttachFunction,

    /// <summary>The helper functions that the program calls.</summary>
    Helper,

    /// <summary>The kernel functions that the program calls.</summary>
    Kfunc,

    /// <summary>The type of the map.</summary>
    MapType,

    /// <summary>Instructions of the program.</summary>
    InsnCnt,

    /// <summary>The name that the program is given.</summary>
    ProgName,

    /// <summary>SHA-256 of the program as it is loaded, the descriptors of maps set to zero.</summary>
    Sha256,

    /// <summary>The tag that the kernel computes of the program.</summary>
    Tag,

    /// <summary>Whether the kernel verified a signature of the program.</summary>
    Signed,

    /// <summary>The keyring that the signature was verified with.</summary>
    Keyring,

    /// <summary>The user.</summary>
    Uid,

    /// <summary>The effective capabilities in the first user namespace.</summary>
    Capability,

    /// <summary>The executable.</summary>
    Exe,

    /// <summary>SHA-256 of the executable.</summary>
    ExeSha256,

    /// <summary>The cgroup or one above it.</summary>
    Cgroup,

    /// <summary>systemd's unit.</summary>
    Unit,

    /// <summary>The container.</summary>
    Container,

    /// <summary>The pod of the container.</summary>
    Pod,

    /// <summary>The user namespace.</summary>
    UserNamespace,

    /// <summary>Whether the caller acts by a BPF token.</summary>
    Token,

    /// <summary>The time of the week, UTC.</summary>
    Time,

    /// <summary>What <c>explain</c> finds in the program.</summary>
    Finding,
}

/// <summary>How the values of a condition are written.</summary>
public enum ValueForm : byte
{
    /// <summary>A name of a closed list.</summary>
    Name,

    /// <summary>A number, or a range of numbers.</summary>
    Range,

    /// <summary>true or false.</summary>
    Flag,

    /// <summary>A text in which one <c>*</c> stands for any characters.</summary>
    Pattern,

    /// <summary>Hexadecimal digits.</summary>
    Digest,

    /// <summary>A path of the v2 hierarchy of cgroups.</summary>
    CgroupPath,

    /// <summary>A part of the week.</summary>
    Time,
}
