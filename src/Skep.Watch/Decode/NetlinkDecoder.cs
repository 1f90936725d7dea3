using System.Runtime.InteropServices;
using Skep.Linux.Kernel;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>Programs attached and detached by rtnetlink: XDP (<c>IFLA_XDP</c>), tc filters, lightweight tunnels.</summary>
internal static class NetlinkDecoder
{
    private const ushort AckFlag = 4;

    private const int HeaderSize = 16;
    private const ushort LinkName = 3, LinkXdp = 43, XdpFd = 1, XdpFlags = 3, XdpExpectedFd = 8;
    private const ushort FilterKind = 1, FilterOptions = 2, FilterFd = 6, FilterName = 7, FilterFlags = 8;
    private const ushort RouteEncapsulation = 22;

    /// <summary>The first message of the send that concerns BPF; null if none does.</summary>
    public static BpfEvent? Decode(BpfEvent common, CapturedCall call)
    {
        if (call.Blob(BlobKind.Netlink) is not { First: 0 } blob)
        {
            if (call.Record.PiecesLost == 0) return null;
            const string note = "the message found no room in the ring buffer (give a larger --buffer)";
            return common with { Command = CommandNames.Netlink, Note = note };
        }

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
            Command = CommandNames.Of(TypeOf(first)),
            Attach = attach,
            Error = common.Error ?? Answer(call, first),
            Note = common.Note ?? NoteOf(call, first, more),
        };
    }

    private static AttachDetails? Describe(CapturedCall call, ReadOnlySpan<byte> message, int start)
    {
        uint? program = References(call, start, message.Length);
        switch (TypeOf(message))
        {
            case RouteMessage.Newlink or RouteMessage.Setlink:
                return Link(call, message, start);
            case RouteMessage.Newtfilter or RouteMessage.Deltfilter:
                return TrafficFilter(call, message, start);
            case RouteMessage.Newroute when program is not null && !Attribute(message, HeaderSize + 12, RouteEncapsulation).IsEmpty:
                return new AttachDetails { How = AttachMethod.Netlink, AttachType = "lwt", ProgramId = program };
            case RouteMessage.Newaction when program is not null:
                return new AttachDetails { How = AttachMethod.Netlink, AttachType = "tc action", ProgramId = program };
            default:
                return null;
        }
    }

    private static RouteMessage TypeOf(ReadOnlySpan<byte> message) => (RouteMessage)MemoryMarshal.Read<ushort>(message[4..]);

    // struct ifinfomsg and struct tcmsg begin with the family, and have the device's index in their second word.
    private static string Device(CapturedCall call, ReadOnlySpan<byte> message, string name = "") =>
        TargetText.Device(name, MemoryMarshal.Read<uint>(message[(HeaderSize + 4)..]), call.Record.Entry.Netns);

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
            How = AttachMethod.Netlink,
            AttachType = "xdp",
            IsDetach = MemoryMarshal.Read<int>(fd) < 0,
            Target = Device(call, message, name.IsEmpty ? "" : KernelText.Read(name)),
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
        string place = $"{Device(call, message)} {Parent(parent)}, pref {info >> 16}";
        ReadOnlySpan<byte> name = Attribute(options, 0, FilterName);
        return new AttachDetails
        {
            How = AttachMethod.Netlink,
            AttachType = "tc",
            IsDetach = TypeOf(message) == RouteMessage.Deltfilter,
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
        for (int i = 0; i < Math.Min(record.AckCount, EventLayout.Acks); i++)
        {
            if (record.Acks[i].Seq != sequence) continue;
            answered = true;
            error = Math.Min(error, record.Acks[i].Error);
        }

        return answered;
    }

    private static string? NoteOf(CapturedCall call, ReadOnlySpan<byte> message, int more)
    {
        bool asked = (MemoryMarshal.Read<ushort>(message[6..]) & AckFlag) != 0;
        if (asked && call.Record.Ret >= 0 && !IsAnswered(call, message, out _))
            return "the kernel's answer was gone before it could be read: whether it succeeded is not known";
        return more == 0 ? null : $"{more} more messages of this send concern BPF";
    }

    /// <summary>The payload of an attribute; of several the last, as <c>nla_parse</c> (lib/nlattr.c) has it; empty for none.</summary>
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
        foreach (ref readonly RefRecord reference in (ReadOnlySpan<RefRecord>)call.Record.Entry.Refs)
            if (reference.Kind == ObjectKind.Prog && reference.Offset == start + offset - 4) return reference.Id;
        return null;
    }

    private static uint? References(CapturedCall call, int start, int length)
    {
        foreach (ref readonly RefRecord reference in (ReadOnlySpan<RefRecord>)call.Record.Entry.Refs)
            if (reference.Kind == ObjectKind.Prog && reference.Offset >= start && reference.Offset < start + length) return reference.Id;
        return null;
    }
}
