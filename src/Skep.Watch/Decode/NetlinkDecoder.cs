using System.Runtime.InteropServices;
using Skep.Inventory.Passes;
using Skep.Linux.Kernel;
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
        if (call.Blob(BlobKind.Netlink) is not { First: 0 } blob)
            return call.Record.PiecesLost == 0 ? null : common with { Command = "rtnetlink", Note = "the message found no room in the ring buffer (give a larger --buffer)" };
        ReadOnlySpan<byte> bytes = blob.Bytes, first = default;
        AttachDetails? attach = null;
        int more = 0;
        for (int at = 0; at <= bytes.Length - HeaderSize;)
        {
            uint length = MemoryMarshal.Read<uint>(bytes[at..]);
            if (length < HeaderSize) break;
            ReadOnlySpan<byte> message = bytes.Slice(at, (int)Math.Min(length, (uint)(bytes.Length - at)));
            if (attach is not null)
            {
                if (Describe(call, message, at) is not null) more++;
            }
            else if ((attach = Describe(call, message, at)) is not null)
            {
                first = message;
            }

            at += (message.Length + 3) & ~3;
        }

        if (attach is null) return null;
        return common with
        {
            Command = CommandName(MemoryMarshal.Read<ushort>(first[4..])), Attach = attach, Error = common.Error ?? Answer(call, first),
            Note = common.Note ?? NoteOf(call, first, more),
        };
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
    private static string? Answer(CapturedCall call, ReadOnlySpan<byte> message) =>
        IsAnswered(call, message, out int error) && error < 0 ? SyscallErrors.Name(error) : null;

    private static bool IsAnswered(CapturedCall call, ReadOnlySpan<byte> message, out int error)
    {
        ref readonly CallRecord record = ref call.Record;
        uint sequence = MemoryMarshal.Read<uint>(message[8..]);
        bool answered = false;
        error = 0;
        for (int i = 0; i < Math.Min(record.AckCount, Acknowledgements.Length); i++)
        {
            if (record.Acks[i].Sequence != sequence) continue;
            answered = true;
            error = Math.Min(error, record.Acks[i].Error);
        }

        return answered;
    }

    private static string? NoteOf(CapturedCall call, ReadOnlySpan<byte> message, int more)
    {
        bool asked = (MemoryMarshal.Read<ushort>(message[6..]) & AckFlag) != 0;
        if (asked && call.Record.Return >= 0 && !IsAnswered(call, message, out _))
            return "the kernel's answer was gone before it could be read: whether it succeeded is not known";
        return more == 0 ? null : $"{more} more messages of this send concern BPF";
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

    /// <summary>The payload of an attribute, of several the last, as <c>nla_parse</c> of lib/nlattr.c takes it; empty when it is not there.</summary>
    private static ReadOnlySpan<byte> Attribute(ReadOnlySpan<byte> attributes, int at, ushort type)
    {
        ReadOnlySpan<byte> found = default;
        while (at + 4 <= attributes.Length)
        {
            int length = MemoryMarshal.Read<ushort>(attributes[at..]);
            if (length < 4 || at + length > attributes.Length) break;
            if ((MemoryMarshal.Read<ushort>(attributes[(at + 2)..]) & 0x3fff) == type) found = attributes.Slice(at + 4, length - 4);
            at += (length + 3) & ~3;
        }

        return found;
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
