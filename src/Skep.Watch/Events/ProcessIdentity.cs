using Skep.Linux.Containers;
using Skep.Linux.Kernel;
using Skep.Linux.Processes;

namespace Skep.Watch.Events;

/// <summary>Who made a call.</summary>
/// <param name="Pid">Process, in the first PID namespace.</param>
/// <param name="Tid">Thread.</param>
/// <param name="ParentPid">Its parent; null when not known.</param>
/// <param name="Uid">User, in the first user namespace; null when not known.</param>
/// <param name="Comm">The thread's name.</param>
/// <param name="Exe">The executable as its own root sees it; null when not known.</param>
/// <param name="Cgroup">Path in the v2 hierarchy; where that is not in use, in the v1 pids hierarchy; null when not known.</param>
/// <param name="Unit">systemd's unit.</param>
/// <param name="Container">The container's id or name.</param>
/// <param name="Netns">Inode of the network namespace; null when not known.</param>
public sealed record ProcessIdentity(
    uint Pid, uint Tid, uint? ParentPid, uint? Uid, string Comm, string? Exe, string? Cgroup, string? Unit, string? Container, uint? Netns)
{
    // AUDIT_UID_UNSET
    private const uint NoLogin = uint.MaxValue;

    /// <summary>The command line; null when not known.</summary>
    public CommandLine? CommandLine { get; init; }

    /// <summary>What is known of the container, beside <see cref="Container"/>; null when it is in none.</summary>
    public ContainerIdentity? InContainer { get; init; }

    /// <summary>The name of the parent's first thread; null when not known.</summary>
    public string? ParentComm { get; init; }

    /// <summary>The user who logged in (pam_loginuid(8)), in the first user namespace; null for none, as of services.</summary>
    public uint? LoginUid { get; init; }

    /// <summary>A process of which nothing but its number is known.</summary>
    internal static ProcessIdentity Unknown(uint pid) => new(pid, pid, null, null, "", null, null, null, null, null);

    /// <summary>What a record and what follows it hold of a process; null when its lengths do not fit.</summary>
    internal static ProcessIdentity? Of(in ProcessRecord record, ReadOnlySpan<byte> rest)
    {
        if ((ulong)record.ExeLength + record.CgroupLength + record.ArgvLength > (ulong)rest.Length) return null;
        ReadOnlySpan<byte> exe = rest[..(int)record.ExeLength], paths = rest[exe.Length..];
        string cgroup = KernelText.ReadReversedPath(paths[..(int)record.CgroupLength]);
        return Unknown(record.Pid) with
        {
            Exe = exe.IsEmpty ? null : KernelText.ReadReversedPath(exe) + (record.ExeDeleted != 0 ? " (deleted)" : ""),
            Cgroup = cgroup,
            Unit = CgroupPath.Unit(cgroup),
            Container = CgroupPath.Container(cgroup),
            CommandLine = CommandLine.Of(paths.Slice((int)record.CgroupLength, (int)record.ArgvLength), record.ArgvState),
        };
    }

    /// <summary>The same with what the record of a call holds.</summary>
    internal ProcessIdentity With(in EntryRecord entry) => this with
    {
        Tid = entry.Tid,
        ParentPid = entry.Ppid,
        Uid = entry.Uid,
        Comm = KernelText.Read(entry.Comm),
        ParentComm = KernelText.Read(entry.ParentComm),
        LoginUid = entry.Loginuid == NoLogin ? null : entry.Loginuid,
        Netns = entry.Netns,
    };

    internal void WriteTo(IFieldWriter writer)
    {
        writer.Number("pid", Pid);
        writer.Number("tid", Tid);
        writer.Number("ppid", ParentPid);
        WriteParent(writer);
        writer.Number("uid", Uid);
        writer.Number("loginuid", LoginUid);
        writer.Text("comm", Comm);
        writer.Text("exe", Exe);
        CommandLine?.WriteTo(writer);
        writer.Text("cgroup", Cgroup);
        writer.Text("unit", Unit);
        writer.Text("container", Container);
        WriteContainer(writer);
        writer.Number("netns", Netns);
    }

    private void WriteContainer(IFieldWriter writer)
    {
        if (InContainer is null) return;
        WriteNames(writer, InContainer.Names);
        writer.Text("container_reason", InContainer.Doubt);
        if (InContainer.Outer is not { } outer) return;
        writer.Begin("container_outer");
        writer.Text("container", outer.Id);
        WriteNames(writer, outer.Names);
        writer.Text("container_reason", outer.Doubt);
        writer.End();
    }

    private static void WriteNames(IFieldWriter writer, ContainerNames? names)
    {
        writer.Text("container_name", names?.Name);
        writer.Text("pod", names?.Pod);
        writer.Text("pod_namespace", names?.PodNamespace);
    }

    private void WriteParent(IFieldWriter writer)
    {
        if (ParentComm is null) return;
        writer.Begin("parent");
        writer.Number("pid", ParentPid);
        writer.Text("comm", ParentComm);
        writer.End();
    }

    internal void WriteTo(ILineWriter lines)
    {
        string tid = Tid != Pid ? $", tid {Tid}" : "";
        string parent = (ParentPid, ParentComm) switch
        {
            ({ } ppid, { } name) => $", parent {name}[{ppid}]",
            ({ } ppid, null) => $", parent {ppid}",
            _ => "",
        };
        string user = Uid is { } uid ? $", uid {uid}" : "";
        if (LoginUid is { } login && login != Uid) user += $", logged in as {login}";
        lines.Line("process", $"{Comm}, pid {Pid}{tid}{parent}{user}");
        lines.Name("executable", Exe);
        CommandLine?.WriteTo(lines);
        lines.Name("cgroup", Cgroup);
        lines.Name("unit", Unit);
        lines.Name("container", Container);
        lines.Name("container name", InContainer?.Names is { } names && names.Name != Container ? InContainer.Words : null);
        lines.Name("within container", InContainer?.Outer?.Words);
        lines.Name("container uncertain", InContainer?.OnHost.Doubt ?? InContainer?.Doubt);
    }
}
