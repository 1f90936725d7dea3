using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Skep.Inventory.Passes;

/// <summary><c>struct skep_code</c>: a program that the socket layer runs.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CodeRecord
{
    public uint Type;
    public uint Id;
    public uint Insns;
    public uint Present;
}

[InlineArray(16)]
internal struct Bytes16
{
    private byte _first;
}

[InlineArray(4)]
internal struct FourIds
{
    private uint _first;
}

[InlineArray(112)]
internal struct Bytes112
{
    private byte _first;
}

/// <summary><c>struct skep_socket</c>: follows each owner that is a socket.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SocketRecord
{
    public ulong Inode;
    public uint Netns;
    public uint IfIndex;
    public ushort Family;
    public ushort Type;
    public ushort Protocol;
    public ushort State;
    public ushort LocalPort;
    public ushort RemotePort;
    public uint Locked;
    public Bytes16 LocalAddress;
    public Bytes16 RemoteAddress;
    public CodeRecord Filter;
    public CodeRecord Reuseport;
    public FourIds MapIds;
    public FourIds VerdictIds;
    public Bytes112 Path;
}
