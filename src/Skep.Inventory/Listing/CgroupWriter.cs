using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>Writes the programs of cgroups as <c>bpftool cgroup show</c> and <c>tree</c> do.</summary>
/// <param name="programs">What the kernel says of a program, by id; null for one that is removed.</param>
/// <param name="types">The kernel's.</param>
public sealed class CgroupWriter(Func<uint, BpfProgramInfo?> programs, KernelTypes types)
{
    /// <summary>An array of the programs of one cgroup.</summary>
    public void WriteJson(Utf8JsonWriter json, CgroupPrograms cgroup)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(cgroup);
        json.WriteObjects(cgroup.Programs, program =>
        {
            json.WriteNumber("id", program.ProgramId);
            json.WriteString("attach_type", program.Type.Name());
            if (program.Flags is { } flags) json.WriteString("attach_flags", flags);
            BpfProgramInfo? info = programs(program.ProgramId);
            json.WriteString("name", info?.Name ?? "");
            json.WriteString("attach_btf_name", AttachFunction(info) ?? "");
            json.WriteNumber("attach_btf_obj_id", info?.AttachBtfObjectId ?? 0);
            json.WriteNumber("attach_btf_id", info?.AttachBtfId ?? 0);
        });
    }

    /// <summary>An array of cgroups.</summary>
    public void WriteJson(Utf8JsonWriter json, IEnumerable<CgroupPrograms> tree)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(tree);
        json.WriteObjects(tree, cgroup =>
        {
            json.WriteString("cgroup", cgroup.Path);
            json.WritePropertyName("programs");
            WriteJson(json, cgroup);
            if (cgroup.Reason is { } reason) json.WriteString("error", reason);
        });
    }

    /// <summary>The heading of the columns.</summary>
    public static void WriteHeading(TextWriter output, bool tree)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (tree) output.Write("CgroupPath\n");
        output.Write($"{"ID",-8} {"AttachType",-15} {"AttachFlags",-15} {"Name",-15}\n");
    }

    /// <summary>A line for each program of one cgroup.</summary>
    /// <param name="output">Takes the lines.</param>
    /// <param name="cgroup">The cgroup.</param>
    /// <param name="tree">Whether it is one of several: its path is printed first.</param>
    public void WriteText(TextWriter output, CgroupPrograms cgroup, bool tree)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(cgroup);
        if (tree) output.Write($"{SafeText.Escape(cgroup.Path)}\n");
        if (cgroup.Reason is { } reason) output.Write($"could not be read: {SafeText.Escape(reason)}\n");
        foreach (CgroupProgram program in cgroup.Programs)
        {
            BpfProgramInfo? info = programs(program.ProgramId);
            string name = SafeText.Escape(info?.Name ?? "");
            output.Write(
                $"{(tree ? "    " : "")}{program.ProgramId,-8} {program.Type.Name(),-15} {program.Flags ?? "",-15} {name,-15} "
                + $"{AttachFunction(info) ?? "",-15}\n");
        }
    }

    // LSM programs of cgroups: the hook.
    private string? AttachFunction(BpfProgramInfo? info) =>
        info is { AttachBtfId: not 0 } ? types.Name(info.AttachBtfId) : null;
}
