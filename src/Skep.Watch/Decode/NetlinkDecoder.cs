using System.Runtime.InteropServices;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>Programs attached and detached by rtnetlink: XDP (<c>IFLA_XDP</c>), tc filters, lightweight tunnels.</summary>
internal static class NetlinkDecoder
{
    private const ushort NewLink = 16, SetLink = 19, NewRoute = 24, NewTrafficFilter = 44, DeleteTrafficFilter = 45, NewAction = 48;
    private const ushort AckFlag = 4;

    private const int HeaderSize = 16;
    private const ushort LinkName = 3, LinkXdp = 43, XdpFd = 1, XdpFlags = 3, XdpExpectedFd = 8;
    private const ushort FilterKind = 1, FilterOptions = 2, FilterFd = 6, FilterName = 7, FilterFlags = 8;
    private const ushort RouteEncapsulation = 22;

    /// <summary>The first message of the send that concerns BPF; null if none does.</summary>
    public static BpfEvent? Decode(BpfEvent common, CapturedCall call)
    {
        if (call.Blob(BlobKind.Netlink) is not { } blob) return null;
        ReadOnlySpan<byte> bytes = blob.Bytes;
        int at = 0;
        while (at + HeaderSize <= bytes.Length)
        {
            int length = (int)Math.Min(MemoryMarshal.Read<uint>(bytes[at..]), int.MaxValue);
            if (length < HeaderSize) break;
            ReadOnlySpan<byte> message = bytes.Slice(at, Math.Min(length, bytes.Length - at));
            if (Describe(call, message, at) is { } attach)
            {
                ushort type = MemoryMarshal.Read<ushort>(message[4..]);
                return common with { Command = CommandName(type), Attach = attach, Error = common.Error ?? Answer(call, message), Note = common.Note ?? NoteOf(call, message) };
            }

            at += (length + 3) & ~3;
        }

        return null;
    }

    private static AttachDetails? Describe(CapturedCall call, ReadOnlySpan<byte> message, int start) => MemoryMarshal.Read<ushort>(message[4..]) switch
    {
        NewLink or SetLink => Link(call, message, start),
        NewTrafficFilter or DeleteTrafficFilter => TrafficFilter(call, message, start),
        NewRoute => References(call, start, message.Length) is { } program && Attribute(message, HeaderSize + 12, RouteEncapsulation).IsEmpty == false
            ? new AttachDetails { How = "netlink", AttachType = "lwt", ProgramId = program }
            : null,
        NewAction => References(call, start, message.Length) is { } program ? new AttachDetails { How = "netlink", AttachType = "tc action", ProgramId = program } : null,
        _ => null,
    };

    private static AttachDetails? Link(CapturedCall call, ReadOnlySpan<byte> message, int start)
    {
        const int attributes = HeaderSize + 16;
        if (message.Length < attributes) return null;
        ReadOnlySpan<byte> xdp = Attribute(message, attributes, LinkXdp);
        ReadOnlySpan<byte> fd = Attribute(xdp, 0, XdpFd);
        if (fd.Length < 4) return null;
        ReadOnlySpan<byte> flags = Attribute(xdp, 0, XdpFlags);
        ReadOnlySpan<byte> name = Attribute(message, attributes, LinkName);
        return new AttachDetails
        {
            How = "netlink",
            AttachType = "xdp",
            IsDetach = MemoryMarshal.Read<int>(fd) < 0,
            Target = TargetText.Device(name.IsEmpty ? "" : KernelText.Read(name), (uint)MemoryMarshal.Read<int>(message[(HeaderSize + 4)..]), call.Record.Entry.Netns),
            ProgramId = ProgramAt(call, start, message, fd),
            ReplacedProgramId = ProgramAt(call, start, message, Attribute(xdp, 0, XdpExpectedFd)),
            Flags = flags.Length >= 4 ? FlagNames.Xdp(MemoryMarshal.Read<uint>(flags)) : [],
        };
    }

    private static AttachDetails? TrafficFilter(CapturedCall call, ReadOnlySpan<byte> message, int start)
    {
        const int attributes = HeaderSize + 20;
        if (message.Length < attributes || !Attribute(message, attributes, FilterKind).StartsWith("bpf\0"u8)) return null;
        ReadOnlySpan<byte> options = Attribute(message, attributes, FilterOptions);
        ReadOnlySpan<byte> fd = Attribute(options, 0, FilterFd);
        ReadOnlySpan<byte> flags = Attribute(options, 0, FilterFlags);
        uint parent = MemoryMarshal.Read<uint>(message[(HeaderSize + 12)..]);
        uint info = MemoryMarshal.Read<uint>(message[(HeaderSize + 16)..]);
        string place = $"{TargetText.Device("", (uint)MemoryMarshal.Read<int>(message[(HeaderSize + 4)..]), call.Record.Entry.Netns)} {Parent(parent)}, pref {info >> 16}";
        ReadOnlySpan<byte> name = Attribute(options, 0, FilterName);
        return new AttachDetails
        {
            How = "netlink",
            AttachType = "tc",
            IsDetach = MemoryMarshal.Read<ushort>(message[4..]) == DeleteTrafficFilter,
            Target = name.IsEmpty ? place : $"{place}, {KernelText.Read(name)}",
            ProgramId = ProgramAt(call, start, message, fd),
            Flags = flags.Length >= 4 ? FlagNames.Tc(MemoryMarshal.Read<uint>(flags)) : [],
        };
    }

    // include/uapi/linux/pkt_sched.h: TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS) and its like.
    private static string Parent(uint parent) => parent switch
    {
        0xfffffff2 => "ingress",
        0xfffffff3 => "egress",
        0xffffffff => "root",
        _ => $"parent {parent >> 16:x}:{parent & 0xffff:x}",
    };

    /// <summary>What the kernel answered. It answers a failure always, a success when asked to.</summary>
    private static string? Answer(CapturedCall call, ReadOnlySpan<byte> message)
    {
        uint sequence = MemoryMarshal.Read<uint>(message[8..]);
        ref readonly CallRecord record = ref call.Record;
        for (int i = 0; i < Math.Min((int)record.AckCount, Acknowledgements.Length); i++)
            if (record.Acks[i].Sequence == sequence && record.Acks[i].Error < 0) return SyscallErrors.Name(record.Acks[i].Error);
        return null;
    }

    private static string? NoteOf(CapturedCall call, ReadOnlySpan<byte> message)
    {
        bool asked = (MemoryMarshal.Read<ushort>(message[6..]) & AckFlag) != 0;
        return asked && call.Record.AckCount == 0 && call.Record.Return >= 0 ? "the kernel's answer was gone before it could be read: whether it succeeded is not known" : null;
    }

    private static string CommandName(ushort type) => type switch
    {
        NewLink => "rtm_newlink",
        SetLink => "rtm_setlink",
        NewRoute => "rtm_newroute",
        NewTrafficFilter => "rtm_newtfilter",
        DeleteTrafficFilter => "rtm_deltfilter",
        _ => "rtm_newaction",
    };

    /// <summary>The payload of an attribute; empty when it is not there.</summary>
    private static ReadOnlySpan<byte> Attribute(ReadOnlySpan<byte> attributes, int at, ushort type)
    {
        while (at + 4 <= attributes.Length)
        {
            int length = MemoryMarshal.Read<ushort>(attributes[at..]);
            if (length < 4 || at + length > attributes.Length) return default;
            if ((MemoryMarshal.Read<ushort>(attributes[(at + 2)..]) & 0x3fff) == type) return attributes.Slice(at + 4, length - 4);
            at += (length + 3) & ~3;
        }

        return default;
    }

    /// <summary>The program that an attribute names, as the kernel side found it when the call was made.</summary>
    private static uint? ProgramAt(CapturedCall call, int start, ReadOnlySpan<byte> message, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty || !message.Overlaps(payload, out int offset)) return null;
        foreach (ref readonly ObjectReference reference in (ReadOnlySpan<ObjectReference>)call.Record.Entry.References)
            if (reference.Kind == ObjectKind.Program && reference.Offset == start + offset - 4) return reference.Id;
        return null;
    }

    private static uint? References(CapturedCall call, int start, int length)
    {
        foreach (ref readonly ObjectReference reference in (ReadOnlySpan<ObjectReference>)call.Record.Entry.References)
            if (reference.Kind == ObjectKind.Program && reference.Offset >= start && reference.Offset < start + length) return reference.Id;
        return null;
    }
}
