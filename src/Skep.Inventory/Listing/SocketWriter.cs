using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>Writes sockets that have code.</summary>
public static class SocketWriter
{
    /// <summary>An object of a socket.</summary>
    public static void WriteJson(Utf8JsonWriter json, ListedSocket socket)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(socket);
        json.WriteStartObject();
        json.WriteString("family", socket.Family);
        json.WriteString("kind", socket.Kind);
        if (socket.Local is { } local) json.WriteString("local", local);
        if (socket.Remote is { } remote) json.WriteString("remote", remote);
        if (socket.IfIndex != 0) json.WriteNumber("ifindex", socket.IfIndex);
        json.WriteNumber("netns", socket.Netns);
        json.WriteNumber("inode", socket.Inode);
        WriteCode(json, "filter", socket.Filter);
        if (socket.FilterLocked) json.WriteBoolean("filter_locked", true);
        WriteCode(json, "reuseport", socket.Reuseport);
        InventoryJson.WriteIds(json, "map_ids", socket.MapIds);
        json.WriteObjects("pids", socket.Holders, holder =>
        {
            json.WriteNumber("pid", holder.Owner.Pid);
            json.WriteString("comm", holder.Owner.Comm);
            json.WriteNumber("fd", holder.Fd);
        });
        json.WriteEndObject();
    }

    /// <summary>A line of a socket.</summary>
    public static void WriteText(TextWriter output, ListedSocket socket)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(socket);
        output.Write(SafeText.Escape(socket.Where));
        WriteCode(output, "filter", socket.Filter);
        if (socket.FilterLocked) output.Write(" locked");
        WriteCode(output, "reuseport", socket.Reuseport);
        if (socket.MapIds.Count > 0) output.Write($"  map_ids {string.Join(',', socket.MapIds)}");
        IEnumerable<string> holders = socket.Holders
            .Select(holder => $"{SafeText.Escape(holder.Owner.Comm)}({holder.Owner.Pid} fd {holder.Fd})");
        output.Write($"  pids {string.Join(',', holders)}\n");
    }

    private static void WriteCode(Utf8JsonWriter json, string name, SocketCode? code)
    {
        if (code is null) return;
        json.WriteStartObject(name);
        if (code.IsClassic) json.WriteBoolean("classic", true);
        else json.WriteNumber("id", code.ProgramId);
        if (code.Type is { } type) json.WriteString("type", type.Name());
        json.WriteNumber("insn_cnt", code.Instructions);
        json.WriteEndObject();
    }

    private static void WriteCode(TextWriter output, string name, SocketCode? code)
    {
        if (code is not null)
            output.Write(code.IsClassic ? $"  {name} classic {code.Instructions} insns" : $"  {name} id {code.ProgramId}");
    }
}
