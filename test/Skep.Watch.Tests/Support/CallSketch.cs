using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Skep.Bpf;
using Skep.Linux.Containers;
using Skep.Linux.Time;
using Skep.Watch.Capture;
using Skep.Watch.Decode;
using Skep.Watch.Events;
using Skep.Watch.Layouts;
using Skep.Watch.Processes;

namespace Skep.Watch.Tests.Support;

/// <summary>A call as the kernel side would send it: its blobs, then its record.</summary>
internal sealed class CallSketch
{
    public const uint Pid = 4242, Tid = 4243, ParentPid = 4000, Uid = 1000, Netns = 4026531840, LoginUid = 1001;
    public const ulong Started = 77_000_000;

    /// <summary>The types of this machine's kernel.</summary>
    public static KernelTypes Types { get; } = new();

    private readonly List<byte[]> _blobs = [];

    public CallRecord Record;

    public CallSketch(SyscallKind syscall, uint command = 0)
    {
        Record.Entry = new EntryRecord
        {
            Record = RecordKind.Call, CallId = 1, EnterNs = 1_000_000, Syscall = syscall, Cmd = command, Pid = Pid, Tid = Tid,
            Ppid = ParentPid, Uid = Uid, ProcessStart = Started, Netns = Netns, AttrSize = 168,
        };
        Record.ExitNs = 1_002_500;
        "loader"u8.CopyTo(Record.Entry.Comm);
        "bash"u8.CopyTo(Record.Entry.ParentComm);
        Record.Entry.Loginuid = LoginUid;
    }

    public CallSketch(BpfCommand command) : this(SyscallKind.Bpf, (uint)command)
    {
    }

    public static byte[] Bytes<T>(in T record) where T : struct => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in record)).ToArray();

    public static byte[] Piece(BlobKind kind, ReadOnlySpan<byte> bytes, uint offset = 0, uint? total = null, uint missing = 0,
        ulong call = 1, ulong address = 0)
    {
        var header = new BlobRecord
        {
            Record = RecordKind.Blob, Blob = kind, CallId = call, Address = address, Offset = offset, Length = (uint)bytes.Length,
            Total = total ?? offset + (uint)bytes.Length, Missing = missing, Tid = Tid + (uint)call - 1,
        };
        return [.. Bytes(header), .. bytes];
    }

    /// <summary>A field of the attr, as read at entry and at exit.</summary>
    public CallSketch Attr(int at, uint value) => Attr(at, value, value);

    public CallSketch Attr(int at, uint enter, uint exit)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(((Span<byte>)Record.Entry.Attr)[at..], enter);
        BinaryPrimitives.WriteUInt32LittleEndian(((Span<byte>)Record.Attr)[at..], exit);
        return this;
    }

    public CallSketch AttrText(int at, string text)
    {
        Encoding.UTF8.GetBytes(text).CopyTo(((Span<byte>)Record.Entry.Attr)[at..]);
        return this;
    }

    public CallSketch Returns(long value)
    {
        Record.Ret = value;
        return this;
    }

    public CallSketch Flags(CallFlags flags)
    {
        Record.Entry.Flags |= flags;
        return this;
    }

    public CallSketch Reference(int slot, ObjectKind kind, uint id, int offset = 0, uint type = 0, ulong extra = 0, int fd = 5,
        string name = "")
    {
        ref RefRecord reference = ref ((Span<RefRecord>)Record.Entry.Refs)[slot];
        reference = new RefRecord { Fd = fd, Kind = kind, Offset = (ushort)offset, Id = id, Type = type, Extra = extra };
        Encoding.UTF8.GetBytes(name).CopyTo(reference.Name);
        return this;
    }

    public CallSketch Text(BlobKind kind, string text) => Blob(kind, [.. Encoding.UTF8.GetBytes(text), 0]);

    public CallSketch Blob(BlobKind kind, ReadOnlySpan<byte> bytes, ulong address = 0)
    {
        _blobs.Add(Piece(kind, bytes, address: address));
        return this;
    }

    /// <summary>Both readings of the same code.</summary>
    public CallSketch Code(ReadOnlySpan<byte> code) => Blob(BlobKind.InsnsEnter, code).Blob(BlobKind.InsnsExit, code);

    /// <summary>A table that names no containers.</summary>
    public static ProcessTable NoProcesses() => new(new ContainerResolver(HostFiles.Below("/nonexistent")));

    public CapturedCall Capture() => Capture(new CallAssembler(NoProcesses()));

    public BpfEvent? Decode() =>
        new CallDecoder(NoProcesses(), new KernelClock(), backend: 3, Types.Name).Decode(Capture());

    public BpfEvent Event() => Decode() ?? throw new InvalidOperationException("the call makes no event");

    private CapturedCall Capture(CallAssembler assembler)
    {
        foreach (byte[] blob in _blobs) Assert.Null(assembler.Add(blob));
        return assembler.Add(Bytes(Record)) ?? throw new InvalidOperationException("the call is not complete");
    }
}
