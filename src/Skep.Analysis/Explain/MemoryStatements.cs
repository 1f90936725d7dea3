using Skep.Analysis.Analyze;

namespace Skep.Analysis.Explain;

/// <summary>What a program reads and writes outside of its own stack.</summary>
internal static class MemoryStatements
{
    public static IReadOnlyList<Statement> Reads(ProgramAnalysis analysis, SourceWords words)
    {
        var found = new Grouping();
        AddAccesses(found, analysis, words, except: AccessKind.Store);
        foreach (CallFact call in analysis.Calls)
        {
            if (call.ArgumentOf(ArgumentRole.KernelSource) is { Kind: ValueKind.Stack or ValueKind.Record }) continue;
            if (call.ArgumentOf(ArgumentRole.KernelSource) is { Kind: ValueKind.MapValue, Id: var number })
                found.Add($"values of map {words.MapName(number)}", call.Slot);
            else if (call.ArgumentOf(ArgumentRole.KernelSource) is { } kernel)
                found.Add(
                    kernel.Kind == ValueKind.Context
                        ? words.Place(kernel, SourceWords.ReadSize(call))!
                        : $"{SourceWords.ReadFrom(call.Target?.Name)}: "
                            + $"{words.Place(kernel, SourceWords.ReadSize(call)) ?? words.Of(kernel)}", call.Slot);
            else if (call.ArgumentOf(ArgumentRole.UserSource) is { } user) found.Add(words.UserMemory(user), call.Slot);
            else if (call.Helper?.Capability == "packet" && call.Target!.Value.Name!.Contains("load_bytes", StringComparison.Ordinal))
                found.Add("packet data", call.Slot);
            else if (call.Target?.Name is "bpf_map_lookup_elem" or "bpf_map_lookup_percpu_elem" && call.Arguments[0].Kind == ValueKind.Map)
                found.Add($"values of map {words.MapName(call.Arguments[0].Id)}", call.Slot);
        }

        return found.Statements;
    }

    public static IReadOnlyList<Statement> Writes(ProgramAnalysis analysis, SourceWords words)
    {
        var found = new Grouping();
        AddAccesses(found, analysis, words, except: AccessKind.Load);
        foreach (CallFact call in analysis.Calls)
        {
            string? name = call.Target?.Name;
            if (call.ArgumentOf(ArgumentRole.UserDestination) is { } user) found.Add(words.UserMemory(user), call.Slot);
            else if (name is "bpf_map_update_elem" or "bpf_map_push_elem")
                found.Add($"entries of {words.Of(call.Arguments[0])}", call.Slot);
            else if (name is "bpf_map_delete_elem" or "bpf_map_pop_elem")
                found.Add($"removes entries of {words.Of(call.Arguments[0])}", call.Slot);
            else if (name is "bpf_override_return")
                found.Add($"the return value of the probed function: {words.Of(call.Arguments[1])}", call.Slot);
            else if (name is "bpf_set_retval")
                found.Add($"the return value of the system call: {words.Of(Int(call.Arguments[0]))}", call.Slot);
            else if (name is "bpf_send_signal" or "bpf_send_signal_thread")
                found.Add($"sends signal {words.Of(call.Arguments[0])} to the {(name == "bpf_send_signal" ? "process" : "thread")}",
                    call.Slot);
            else if (call.Helper?.Capability is "packet-write" || PacketDynptrs.IsWrite(analysis, call))
                found.Add($"packet data ({name})", call.Slot);
            else if (call.Helper?.Capability is "packet-redirect" or "socket-redirect")
                found.Add($"where packets or sockets go ({name})", call.Slot);
            else if (call.Helper?.Capability is "socket-write") found.Add($"sockets ({name})", call.Slot);
            else if (call.Helper?.Capability is "tunnel-write" or "sysctl-write" or "process-write")
                found.Add($"{call.Helper.Capability[..^"-write".Length]} ({name})", call.Slot);
        }

        return found.Statements;
    }

    // bpf_set_retval takes an int.
    private static Value Int(in Value value) => value.Kind == ValueKind.Constant ? Value.Constant((int)value.Offset) : value;

    private static void AddAccesses(Grouping found, ProgramAnalysis analysis, SourceWords words, AccessKind except)
    {
        foreach (MemoryAccess access in analysis.Accesses)
        {
            if (access.Kind == except) continue;
            switch (access.Address.Kind)
            {
                case ValueKind.Context or ValueKind.Kernel
                    or ValueKind.Symbol when words.Place(access.Address, access.Size) is not null && !analysis.IsScratch(access):
                    found.Add(words.Place(access)!, access.Slot);
                    break;
                case ValueKind.Packet:
                    found.Add("packet data", access.Slot);
                    break;
                case ValueKind.PacketMeta:
                    found.Add("packet metadata", access.Slot);
                    break;
                case ValueKind.MapValue:
                    found.Add($"values of map {words.MapName(access.Address.Id)}", access.Slot);
                    break;
            }
        }
    }

    // In order of the first instruction.
    private sealed class Grouping
    {
        private readonly Dictionary<string, List<int>> _slots = [];

        public void Add(string text, int slot)
        {
            if (!_slots.TryGetValue(text, out List<int>? slots)) _slots[text] = slots = [];
            if (slots.Count == 0 || slots[^1] != slot) slots.Add(slot);
        }

        public IReadOnlyList<Statement> Statements => [.. _slots.Select(pair => new Statement(pair.Key, [.. pair.Value.Order()]))];
    }
}
