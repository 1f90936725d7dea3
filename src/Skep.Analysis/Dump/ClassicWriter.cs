using System.Text.Json;
using Skep.Inventory.Listing;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Analysis.Dump;

/// <summary>Writes the classic programs of a machine, which have no ids: of sockets, and seccomp's.</summary>
public static class ClassicWriter
{
    /// <summary>An object of sockets and tasks.</summary>
    public static void WriteJson(Utf8JsonWriter json, IReadOnlyList<ListedSocket> sockets, IReadOnlyList<SeccompTask> tasks)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(sockets);
        ArgumentNullException.ThrowIfNull(tasks);
        json.WriteStartObject();
        json.WriteStartArray("sockets");
        foreach (ListedSocket socket in sockets) SocketWriter.WriteJson(json, socket);
        json.WriteEndArray();
        json.WriteStartArray("seccomp");
        foreach (SeccompTask task in tasks) WriteJson(json, task);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Sections of lines.</summary>
    public static void WriteText(TextWriter output, IReadOnlyList<ListedSocket> sockets, IReadOnlyList<SeccompTask> tasks)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(sockets);
        ArgumentNullException.ThrowIfNull(tasks);
        output.Write("sockets:\n");
        foreach (ListedSocket socket in sockets) SocketWriter.WriteText(output, socket);
        output.Write("\nseccomp:\n");
        foreach (SeccompTask task in tasks)
        {
            output.Write(
                $"pid {task.Pid}{(task.Tid == task.Pid ? "" : $" tid {task.Tid}")}  {SafeText.Escape(task.Comm)}  mode {task.Mode}");
            if (task.Count > 0) output.Write($"  filters {task.Count}");
            output.Write('\n');
            foreach (SeccompFilter filter in task.Filters)
            {
                output.Write($"\tfilter {filter.Number}  {filter.Instructions} insns");
                if (filter.Logs) output.Write("  log");
                if (filter.HasListener) output.Write("  listener");
                if (filter.FirstPid != task.Pid) output.Write($"  shared with pid {filter.FirstPid}");
                output.Write('\n');
            }
        }
    }

    private static void WriteJson(Utf8JsonWriter json, SeccompTask task)
    {
        json.WriteStartObject();
        json.WriteNumber("pid", task.Pid);
        json.WriteNumber("tid", task.Tid);
        json.WriteString("comm", task.Comm);
        json.WriteString("mode", task.Mode);
        json.WriteNumber("filter_cnt", task.Count);
        json.WriteObjects("filters", task.Filters, filter =>
        {
            json.WriteNumber("filter", filter.Number);
            json.WriteNumber("insn_cnt", filter.Instructions);
            if (filter.Logs) json.WriteBoolean("log", true);
            if (filter.HasListener) json.WriteBoolean("listener", true);
            json.WriteNumber("first_pid", filter.FirstPid);
        });
        json.WriteEndObject();
    }
}
