using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Skep.Inventory.Passes;
using Skep.Linux.Kernel;

namespace Skep.Watch.Capture;

// The structures of bpf/include/skep_event.h, field by field: a test compiles both against each other.

internal enum RecordKind : uint
{
    Call = 1,
    Blob = 2,
    Process = 3,
}

internal enum SyscallKind : uint
{
    Bpf = 1,
    Ioctl = 2,
    Setsockopt = 3,
    Seccomp = 4,
    Prctl = 5,
    Sendmsg = 6,
    Sendto = 7,
}

[Flags]
internal enum CallFlags : uint
{
    None = 0,
    Compat = 1 << 0,
    NoEnter = 1 << 1,
    NoExit = 1 << 2,
    EnterFault = 1 << 3,
    ExitFault = 1 << 4,
    Open = 1 << 5,
    Seccomp = 1 << 6,
    Replaced = 1 << 7,
    LeftOut = 1 << 8,
}

internal enum BlobKind : uint
{
    InsnsEnter = 1,
    InsnsExit = 2,
    Log = 3,
    Path = 4,
    Name = 5,
    License = 6,
    Netlink = 7,
    Key = 8,
    Value = 9,
    Target = 10,
    FilterEnter = 11,
    FilterExit = 12,
    MapFds = 13,
}

internal enum CounterSlot : uint
{
    CallsMade = 0,
    CallsLost = 1,
    EntriesLost = 2,
    PiecesLost = 3,
    ProcessesLost = 4,
    ElementsMade = 5,
    ElementsLost = 6,
    CallsLeftOut = 7,
    PiecesLeftOut = 8,
}

[InlineArray(32)]
internal struct Bytes32
{
    private byte _first;
}

[InlineArray(Length)]
internal struct Bytes128
{
    public const int Length = 128;
    private byte _first;
}

[InlineArray(Length)]
internal struct AttrBytes
{
    public const int Length = 256;
    private byte _first;
}

[InlineArray(6)]
internal struct Arguments
{
    private ulong _first;
}

[InlineArray(Length)]
internal struct MapIds
{
    public const int Length = 64;
    private uint _first;
}

[InlineArray(Length)]
internal struct ObjectReferences
{
    public const int Length = 4;
    private ObjectReference _first;
}

[InlineArray(Length)]
internal struct Acknowledgements
{
    public const int Length = 4;
    private Acknowledgement _first;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ObjectReference
{
    public int Fd;
    public ObjectKind Kind;
    public ushort Offset;
    public uint Id;
    public uint Type;
    public ulong Extra;
    public Name16 Name;
}

[StructLayout(LayoutKind.Sequential)]
internal struct Acknowledgement
{
    public uint Sequence;
    public int Error;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MapFd
{
    public int Fd;
    public uint Id;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ProgramRecord
{
    public uint Id;
    public uint Type;
    public Bytes8 Tag;
    public Bytes32 Digest;
    public Name16 Name;
    public uint InsnsXlated;
    public uint InsnsVerified;
    public uint ExpectedAttachType;
    public uint AttachBtfId;
    public uint GplCompatible;
    public uint BtfId;
    public uint MapCount;
    public uint BytesJited;
    public MapIds MapIds;
}

[StructLayout(LayoutKind.Sequential)]
internal struct MapRecord
{
    public uint Id;
    public uint Type;
    public uint KeySize;
    public uint ValueSize;
    public uint MaxEntries;
    public uint Flags;
    public uint BtfId;
    public Name16 Name;
}

[StructLayout(LayoutKind.Sequential)]
internal struct LinkRecord
{
    public const uint NoAttachType = uint.MaxValue;

    public uint Id;
    public uint Type;
    public uint ProgramId;
    public uint AttachType;
    public uint IfIndex;
    public uint Netns;
    public ulong CgroupId;
    public uint PerfType;
    public uint MapId;
    public ulong PerfConfig;
}

[StructLayout(LayoutKind.Explicit)]
internal struct ResultObject
{
    [FieldOffset(0)] public ProgramRecord Program;
    [FieldOffset(0)] public MapRecord Map;
    [FieldOffset(0)] public LinkRecord Link;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ResultRecord
{
    public uint Kind;
    public uint Id;
    public ResultObject Object;
}

[StructLayout(LayoutKind.Sequential)]
internal struct EntryRecord
{
    public RecordKind Record;
    public CallFlags Flags;
    public ulong CallId;
    public ulong EnterNs;
    public SyscallKind Syscall;
    public uint Command;
    public uint Pid;
    public uint Tid;
    public uint ParentPid;
    public uint Uid;
    public ulong ProcessStart;
    public ulong CgroupId;
    public uint Netns;
    public uint AttrSize;
    public Name16 Comm;
    public Arguments Args;
    public AttrBytes Attr;
    public ObjectReferences References;
    public uint FilterLength;
    public uint NetlinkLength;
    public ulong FilterAddress;
    public Bytes128 Target;
    public ulong TargetOffset;
}

[StructLayout(LayoutKind.Sequential)]
internal struct CallRecord
{
    public EntryRecord Entry;
    public ulong ExitNs;
    public long Return;
    public AttrBytes Attr;
    public Bytes128 Target;
    public ulong TargetOffset;
    public Acknowledgements Acks;
    public uint AckCount;
    public uint PiecesLost;
    public ResultRecord Result;
}

[StructLayout(LayoutKind.Sequential)]
internal struct BlobHeader
{
    public const int PieceLimit = 16384;
    public const int PageSize = 4096;

    public RecordKind Record;
    public BlobKind Kind;
    public ulong CallId;
    public ulong Address;
    public uint Offset;
    public uint Length;
    public uint Total;
    public uint Missing;
    public uint Tid;
    public uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ProcessHeader
{
    public RecordKind Record;
    public uint Pid;
    public ulong Start;
    public ulong CgroupId;
    public uint ExeLength;
    public uint CgroupLength;
    public uint ExeDeleted;
    public uint CgroupHierarchy;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ElementKey
{
    public uint MapId;
    public uint Command;
    public uint Pid;
    public uint Padding;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ElementCount
{
    public ulong Calls;
    public ulong Errors;
    public ulong ProcessStart;
    public uint MapType;
    public uint Uid;
    public Name16 MapName;
    public Name16 Comm;
}

[StructLayout(LayoutKind.Sequential)]
internal struct ShareRecord
{
    public long Left;
    public ulong FilledNs;
    public long Open;
    public ulong Calls;
    public ulong Pieces;
}

[StructLayout(LayoutKind.Sequential)]
internal struct SettingsRecord
{
    public ulong RingSize;
    public ulong UserBytes;
    public ulong CommandMask;
    public uint SyscallMask;
    public uint SelfPid;
    public uint WatcherPid;
    public uint OnlyUid;
    public uint PossibleCpus;
    public uint LogLimit;
    public uint TracepointFlag;
    public byte FollowChildren;
    public byte FilterPids;
    public byte FilterUid;
    public byte WholeElements;
}
