using System.Net;
using Skep.Bpf;
using Skep.Linux.Kernel;
using Skep.Linux.Network;

namespace Skep.Inventory.Objects;

/// <summary>Code that a socket runs.</summary>
/// <param name="ProgramId">The program; 0 for classic code, which has no id.</param>
/// <param name="Type">The program's type; null for classic code.</param>
/// <param name="Instructions">As they were given: classic instructions of classic code, else the program's.</param>
public sealed record SocketCode(uint ProgramId, BpfProgramType? Type, uint Instructions)
{
    /// <summary>Whether it is classic BPF.</summary>
    public bool IsClassic => ProgramId == 0;
}

/// <summary>A process's descriptor of a socket.</summary>
/// <param name="Owner">The process.</param>
/// <param name="Fd">Its descriptor.</param>
public readonly record struct SocketHolder(Owner Owner, uint Fd);

/// <summary>A socket that has code, of any network namespace.</summary>
/// <param name="Inode">Its number.</param>
/// <param name="Netns">The network namespace's.</param>
/// <param name="Family">The address family's name: <c>inet</c>, <c>packet</c>, ...</param>
/// <param name="Kind">What it is called: <c>tcp</c>, <c>udp</c>, <c>unix stream</c>, <c>packet raw</c>, ...</param>
/// <param name="Local">Its own address and port, path, or packet protocol; null for none.</param>
/// <param name="Remote">The other end's; null for none.</param>
/// <param name="IfIndex">The device that it is bound to; 0 for none.</param>
/// <param name="FilterLocked">Whether the filter can no longer be changed (SO_LOCK_FILTER).</param>
/// <param name="Filter">What SO_ATTACH_FILTER or SO_ATTACH_BPF put there.</param>
/// <param name="Reuseport">What SO_ATTACH_REUSEPORT_CBPF or _EBPF put on its group.</param>
/// <param name="MapIds">Sockmaps and sockhashes that it is in, four at most.</param>
/// <param name="Holders">Who holds it, by pid.</param>
public sealed record ListedSocket(
    ulong Inode, uint Netns, string Family, string Kind, string? Local, string? Remote, uint IfIndex, bool FilterLocked, SocketCode? Filter,
    SocketCode? Reuseport,
    IReadOnlyList<uint> MapIds, IReadOnlyList<SocketHolder> Holders)
{
    /// <summary>The socket in words: <c>udp 127.0.0.1:53 (netns 4026531840)</c>.</summary>
    public string Where =>
        $"{Kind}{(Local is null ? "" : $" {Local}")}{(Remote is null ? "" : $" to {Remote}")} ({NetworkNamespace.Text(Netns)})";
}

/// <summary>The sockets that have code: a filter, a reuseport group's program, a sockmap's.</summary>
/// <remarks>Found by the descriptors of processes. Of a socket that no process has accepted yet, and of the kernel's own, nothing is
/// known.</remarks>
public static class SocketView
{
    private const ushort Unix = 1, Inet = 2, Inet6 = 10, Packet = 17;

    // include/linux/net.h, enum sock_type.
    private static readonly string?[] Types = [null, "stream", "dgram", "raw", "rdm", "seqpacket", "dccp", null, null, null, "packet"];

    // include/uapi/linux/in.h.
    private static readonly Dictionary<ushort, string> Protocols = new()
    {
        [1] = "icmp", [6] = "tcp", [17] = "udp", [33] = "dccp", [58] = "icmpv6", [132] = "sctp", [136] = "udplite", [262] = "mptcp",
    };

    /// <summary>The sockets that processes hold, by network namespace and inode.</summary>
    public static IReadOnlyList<ListedSocket> Read(OwnerIndex owners)
    {
        ArgumentNullException.ThrowIfNull(owners);
        return [.. owners.Sockets
            .GroupBy(held => (held.Record.Netns, held.Record.Inode))
            .OrderBy(socket => socket.Key)
            .Select(
                socket =>
                    Describe(socket.First().Record,
                        [.. socket.Select(held => new SocketHolder(held.Owner, held.Fd)).OrderBy(h => h.Owner.Pid).ThenBy(h => h.Fd)]))];
    }

    private static ListedSocket Describe(in SocketRecord record, IReadOnlyList<SocketHolder> holders)
    {
        string family = AddressFamilyNames.Of(record.Family),
            type = record.Type < Types.Length && Types[record.Type] is { } known ? known : $"type {record.Type}";
        bool internet = record.Family is Inet or Inet6;
        string kind = internet ? Protocols.GetValueOrDefault(record.Protocol, $"{family} protocol {record.Protocol}") : $"{family} {type}";
        (string? local, string? remote) = record.Family switch
        {
            Inet =>
                (Address(((ReadOnlySpan<byte>)record.LocalAddress)[..4], record.LocalPort), Address(
                    ((ReadOnlySpan<byte>)record.RemoteAddress)[..4], record.RemotePort)),
            Inet6 => (Address(record.LocalAddress, record.LocalPort), Address(record.RemoteAddress, record.RemotePort)),
            Unix => (Path(record.Path), null),
            Packet => ($"protocol 0x{record.Protocol:x4}", null),
            _ => (null, null),
        };
        if (record.RemotePort == 0 && internet && !((ReadOnlySpan<byte>)record.RemoteAddress).ContainsAnyExcept((byte)0)) remote = null;
        List<uint> maps = [];
        foreach (uint id in record.MapIds)
            if (id != 0) maps.Add(id);
        return new ListedSocket(
            record.Inode, record.Netns, family, kind, local, remote, record.Ifindex, record.Locked != 0, Code(record.Filter),
            Code(record.Reuseport), maps, holders);
    }

    private static SocketCode? Code(in CodeRecord code) =>
        code.Present == 0 ? null : new SocketCode(code.Id, code.Id == 0 ? null : (BpfProgramType)code.Type, code.Insns);

    private static string Address(ReadOnlySpan<byte> address, ushort port) => new IPEndPoint(new IPAddress(address), port).ToString();

    // An abstract name begins with a NUL and is shown as ss shows it.
    private static string? Path(ReadOnlySpan<byte> path)
    {
        if (path[0] != 0) return KernelText.Read(path);
        string name = KernelText.Read(path[1..]);
        return name.Length == 0 ? null : $"@{name}";
    }
}
