namespace Skep.Inventory.Passes;

/// <summary>What a descriptor is: <c>enum skep_object</c> of bpf/include/kernel_listed.h.</summary>
public enum ObjectKind : ushort
{
    None = 0,
    BadFd = 1,
    Program = 2,
    Map = 3,
    Link = 4,
    Btf = 5,
    Token = 6,
    Iterator = 7,
    PerfEvent = 8,
    Cgroup = 9,
    Netns = 10,
    Socket = 11,
    Other = 12,
}
