using System.Runtime.InteropServices;

namespace Skep.Inventory.Passes;

/// <summary><c>struct skep_owner</c> of bpf/include/skep_owner.h: a descriptor of a process that stands for an object, or for a socket that has code.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OwnerRecord
{
    public uint Kind;
    public uint Id;
    public uint ProgramId;
    public uint Pid;
    public uint Fd;
    public uint PerfType;
    public ulong PerfConfig;
    public Bytes16 Comm;

    public readonly ObjectKind ObjectKind => (ObjectKind)Kind;
}
