using System.Text.Json;
using Skep.Bpf;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>What bpftool tells of a program first (<c>print_prog_header</c>): what it is, not what it has.</summary>
public static class ProgramHead
{
    /// <summary>Writes the keys into an open object.</summary>
    public static void WriteJson(Utf8JsonWriter json, BpfProgramInfo info, string name)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(name);
        json.WriteNumber("id"u8, info.Id);
        InventoryJson.WriteType(json, "type", info.Type);
        if (name.Length > 0) json.WriteString("name"u8, name);
        json.WriteString("tag"u8, info.Tag);
        json.WriteBoolean("gpl_compatible"u8, info.GplCompatible);
        if (info.RunTimeNs != 0)
        {
            json.WriteNumber("run_time_ns"u8, info.RunTimeNs);
            json.WriteNumber("run_cnt"u8, info.RunCount);
        }

        if (info.RecursionMisses != 0) json.WriteNumber("recursion_misses"u8, info.RecursionMisses);
        InventoryJson.WriteDevice(json, info.IfIndex, info.NetnsDev, info.NetnsInode);
    }

    /// <summary>Writes a line.</summary>
    public static void WriteText(TextWriter output, BpfProgramInfo info, string name)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(info);
        ArgumentNullException.ThrowIfNull(name);
        output.Write($"{info.Id}: {info.Type.Name()}  ");
        if (name.Length > 0) output.Write($"name {SafeText.Escape(name)}  ");
        output.Write($"tag {info.Tag}");
        InventoryText.WriteDevice(output, info.IfIndex, info.NetnsDev, info.NetnsInode);
        if (info.GplCompatible) output.Write("  gpl");
        if (info.RunTimeNs != 0) output.Write($" run_time_ns {info.RunTimeNs} run_cnt {info.RunCount}");
        if (info.RecursionMisses != 0) output.Write($" recursion_misses {info.RecursionMisses}");
        output.Write('\n');
    }
}
