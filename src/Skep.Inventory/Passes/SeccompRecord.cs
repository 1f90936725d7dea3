using System.Runtime.InteropServices;

namespace Skep.Inventory.Passes;

/// <summary>What a <see cref="SeccompRecord"/> tells of.</summary>
internal enum SeccompRecordKind : uint
{
    Task = 1,
    Filter = 2,
}

/// <summary><c>struct skep_seccomp</c>: a task with seccomp, or one of its filters.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SeccompRecord
{
    public uint Kind;
    public uint Mode;
    public uint Pid;
    public uint Tid;
    public uint Insns;
    public uint Flags;
    public ulong Filter;
    public ulong Start;
    public Bytes16 Comm;

    public readonly SeccompRecordKind RecordKind => (SeccompRecordKind)Kind;
}
