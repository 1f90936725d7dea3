using System.Text.Json;
using Skep.Inventory.Objects;
using Skep.Linux.Network;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>Writes the programs of the network stack with <c>bpftool net</c>'s keys, and the network namespace of each.</summary>
/// <param name="names">Names of programs, by id.</param>
public sealed class NetworkWriter(Func<uint, string?> names)
{
    /// <summary>bpftool's array of one object.</summary>
    public void WriteJson(Utf8JsonWriter json, NetworkStack network)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(network);
        NetworkView view = network.View;
        json.WriteStartArray();
        json.WriteStartObject();
        json.WriteStartArray("xdp");
        foreach (var device in view.Places.Where(p => p.Kind == NetworkPlaceKind.Xdp).GroupBy(p => (p.Netns, p.Device)))
            WriteXdp(json, [.. device]);
        json.WriteEndArray();
        json.WriteStartArray("tc");
        foreach (NetworkPlace place in view.Places.Where(p => p.Kind is NetworkPlaceKind.Tc or NetworkPlaceKind.Multi))
            WriteTc(json, place);
        json.WriteEndArray();
        WriteWhole(json, "flow_dissector", view.Places.Where(p => p.Kind == NetworkPlaceKind.FlowDissector));
        WriteWhole(json, "sk_lookup", view.Places.Where(p => p.Kind == NetworkPlaceKind.SkLookup));
        json.WriteStartArray("netfilter");
        foreach (NetfilterPlace place in network.Netfilter) WriteNetfilter(json, place);
        json.WriteEndArray();
        json.WriteStartArray("sockets");
        foreach (ListedSocket socket in network.Sockets) SocketWriter.WriteJson(json, socket);
        json.WriteEndArray();
        json.WriteStartArray("routes");
        foreach (RoutePlace place in network.Routes) WriteRoute(json, place);
        json.WriteEndArray();
        if (view.Unread.Count > 0)
        {
            json.WriteStartArray("errors");
            foreach (string reason in view.Unread) json.WriteStringValue(reason);
            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>bpftool's sections of lines.</summary>
    public void WriteText(TextWriter output, NetworkStack network)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(network);
        NetworkView view = network.View;
        output.Write("xdp:\n");
        foreach (NetworkPlace place in view.Places.Where(p => p.Kind == NetworkPlaceKind.Xdp))
            output.Write($"{DeviceText(place)} {place.Detail} id {place.ProgramId}{NetnsText(place)}\n");
        output.Write("\ntc:\n");
        foreach (NetworkPlace place in view.Places.Where(p => p.Kind is NetworkPlaceKind.Tc or NetworkPlaceKind.Multi))
        {
            string name = place.Name ?? names(place.ProgramId) ?? "";
            string program = place.ProgramId == 0 ? "classic" : $"id {place.ProgramId}";
            output.Write($"{DeviceText(place)} {place.Detail} {SafeText.Escape(name)} {program}");
            if (place.LinkId != 0) output.Write($" link_id {place.LinkId}");
            foreach (TcAction action in place.Actions) output.Write($" act [{SafeText.Escape(action.Name ?? "")} id {action.ProgramId}]");
            output.Write($"{NetnsText(place)}\n");
        }

        output.Write("\nflow_dissector:\n");
        foreach (NetworkPlace place in view.Places.Where(p => p.Kind == NetworkPlaceKind.FlowDissector))
            output.Write($"id {place.ProgramId}{NetnsText(place)}\n");
        output.Write("\nsk_lookup:\n");
        foreach (NetworkPlace place in view.Places.Where(p => p.Kind == NetworkPlaceKind.SkLookup))
            output.Write($"id {place.ProgramId}{NetnsText(place)}\n");
        output.Write("\nnetfilter:\n");
        foreach (NetfilterPlace place in network.Netfilter)
        {
            output.Write($"{NetfilterView.Family(place.Hook.Family)} {NetfilterView.Hook(place.Hook.Hook)} prio {place.Hook.Priority}");
            if (place.Hook.Flags != 0) output.Write($" flags 0x{place.Hook.Flags:x}");
            output.Write($" id {place.ProgramId} link_id {place.LinkId}{(place.Netns is { } netns ? $"  netns {netns}" : "")}\n");
        }

        output.Write("\nsockets:\n");
        foreach (ListedSocket socket in network.Sockets) SocketWriter.WriteText(output, socket);
        output.Write("\nroutes:\n");
        foreach (RoutePlace place in network.Routes)
        {
            output.Write($"{SafeText.Escape(place.Where)} table {place.Route.Table} encap {place.Route.Encapsulation}");
            foreach (RouteProgram program in place.Route.Programs)
                output.Write(
                    $" {program.Hook} {SafeText.Escape(program.Name ?? "")}{(program.ProgramId != 0 ? $" id {program.ProgramId}" : "")}");
            output.Write('\n');
        }

        foreach (string reason in view.Unread) output.Write($"\ncould not be read: {SafeText.Escape(reason)}\n");
    }

    private static string DeviceText(NetworkPlace place) => $"{SafeText.Escape(place.Device!.Name)}({place.Device.IfIndex})";

    private static string NetnsText(NetworkPlace place) =>
        place.Netns.Name is { } name ? $"  netns {SafeText.Escape(name)} ({place.Netns.Inode})" : "";

    private static void WriteXdp(Utf8JsonWriter json, IReadOnlyList<NetworkPlace> places)
    {
        json.WriteStartObject();
        WriteDevice(json, places[0]);
        if (places.Count == 1)
        {
            json.WriteString("mode", places[0].Detail);
            json.WriteNumber("id", places[0].ProgramId);
        }
        else
        {
            json.WriteObjects("multi_attachments", places, place =>
            {
                json.WriteString("mode", place.Detail);
                json.WriteNumber("id", place.ProgramId);
            });
        }

        WriteNetns(json, places[0]);
        json.WriteEndObject();
    }

    private void WriteTc(Utf8JsonWriter json, NetworkPlace place)
    {
        json.WriteStartObject();
        WriteDevice(json, place);
        json.WriteString("kind", place.Detail);
        if ((place.Name ?? (place.Kind == NetworkPlaceKind.Multi ? names(place.ProgramId) : null)) is { } name)
            json.WriteString("name", name);
        if (place.Kind == NetworkPlaceKind.Multi) json.WriteNumber("prog_id", place.ProgramId);
        else if (place.ProgramId != 0) json.WriteNumber("id", place.ProgramId);
        if (place.LinkId != 0) json.WriteNumber("link_id", place.LinkId);
        if (place.Actions.Count > 0)
        {
            json.WriteObjects("act", place.Actions, action =>
            {
                if (action.Name is { } actionName) json.WriteString("name", actionName);
                if (action.ProgramId != 0) json.WriteNumber("id", action.ProgramId);
            });
        }

        WriteNetns(json, place);
        json.WriteEndObject();
    }

    private static void WriteWhole(Utf8JsonWriter json, string key, IEnumerable<NetworkPlace> places)
    {
        json.WriteObjects(key, places, place =>
        {
            json.WriteNumber("id", place.ProgramId);
            WriteNetns(json, place);
        });
    }

    private static void WriteNetfilter(Utf8JsonWriter json, NetfilterPlace place)
    {
        json.WriteStartObject();
        json.WriteNumber("pf", place.Hook.Family);
        json.WriteNumber("hook", place.Hook.Hook);
        json.WriteNumber("prio", place.Hook.Priority);
        json.WriteNumber("flags", place.Hook.Flags);
        json.WriteNumber("id", place.ProgramId);
        json.WriteNumber("link_id", place.LinkId);
        if (place.Netns is { } netns) json.WriteNumber("netns", netns);
        json.WriteEndObject();
    }

    private static void WriteRoute(Utf8JsonWriter json, RoutePlace place)
    {
        json.WriteStartObject();
        json.WriteString("dst", place.Route.Destination);
        json.WriteNumber("table", place.Route.Table);
        if (place.Route.IfIndex != 0) json.WriteNumber("ifindex", place.Route.IfIndex);
        if (place.DeviceName is { } device) json.WriteString("devname", device);
        json.WriteString("encap", place.Route.Encapsulation);
        json.WriteObjects("programs", place.Route.Programs, program =>
        {
            json.WriteString("hook", program.Hook);
            if (program.Name is { } name) json.WriteString("name", name);
            if (program.ProgramId != 0) json.WriteNumber("id", program.ProgramId);
        });
        json.WriteNumber("netns", place.Netns.Inode);
        if (place.Netns.Name is { } netns) json.WriteString("netns_name", netns);
        json.WriteEndObject();
    }

    private static void WriteDevice(Utf8JsonWriter json, NetworkPlace place)
    {
        json.WriteString("devname", place.Device!.Name);
        json.WriteNumber("ifindex", place.Device.IfIndex);
    }

    private static void WriteNetns(Utf8JsonWriter json, NetworkPlace place)
    {
        json.WriteNumber("netns", place.Netns.Inode);
        if (place.Netns.Name is { } name) json.WriteString("netns_name", name);
    }
}
