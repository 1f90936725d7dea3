using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Skep.Analysis.Explain;
using Skep.Bpf;
using Skep.Debug.Debugger;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Linux.Kernel;

namespace Skep.Debug.Trace.Saved;

/// <summary>A saved call as what a debugger runs: the program need not be loaded.</summary>
public static class SavedTarget
{
    // Where the machine's own symbols lie: calls are relative to this one.
    private const ulong CallBase = 1UL << 47;

    /// <summary>What is debugged.</summary>
    /// <exception cref="InvalidDataException">Its types are damaged.</exception>
    public static DebugTarget Of(SavedCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var code = new ProgramCode
        {
            Bytes = call.Code,
            Form = ProgramForm.Translated,
            Name = call.Name,
            Type = call.Type,
            Btf = call.Btf.Length > 0 ? Btf.Parse(call.Btf) : null,
            Functions = call.Functions,
            Lines = call.Lines,
            Kernel = new TargetKernel
            {
                Symbols = new KernelSymbols(Symbols(call)),
                Types = call.Members.Count > 0 ? new KernelTypes(SkbLayout.BtfOf(call.Members)) : null,
                Architecture = RuntimeInformation.ProcessArchitecture,
            },
            MapOfSlot = call.MapOfSlot,
        };
        code = code with { Maps = [.. call.Maps.Select(map => CodeMapOf(map, code.Btf))] };
        var options = new MachineOptions
        {
            Cpu = (int)call.Cpu, Cpus = (int)call.Cpus, Pid = call.Pid, Tid = call.Tid, Comm = call.Comm, Time = call.BeganNs,
        };
        return new DebugTarget(code, new MachineInput { Packet = call.Packet, Context = call.Context, Time = call.BeganNs }, options)
        {
            Fill = machine => Fill(call, machine),
        };
    }

    /// <summary>What a reader of the call is to know.</summary>
    public static IEnumerable<string> Notes(SavedCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        string result = ReturnMeaning.Name(call.Type, null, (int)call.Result) ?? ((int)call.Result).ToString(CultureInfo.InvariantCulture);
        yield return $"a call of program {call.Id} ({call.Name}), tag {call.Tag}, on Linux {call.Kernel}: it returned {result} after "
            + $"{call.DurationNs} ns; its maps were read {call.MapsAfterNs / 1000} us after that";
        if (call.PacketLength > call.Packet.Length)
            yield return $"of the packet {call.Packet.Length} of {call.PacketLength} bytes were read: it is shorter here";
        foreach (SavedMap map in call.Maps)
        {
            if (map.Unread.Length > 0) yield return $"map {map.Definition.Id} ({map.Definition.Name}) is empty here: {map.Unread}";
            if (map.Definition.Type == BpfMapType.ProgArray && map.Elements.Count > 0)
                yield return $"map {map.Definition.Id} ({map.Definition.Name}) is empty here: the programs of tail calls are not saved";
        }
    }

    /// <summary>Runs the call to its end and compares it with what the kernel did.</summary>
    /// <returns>What differs.</returns>
    public static IReadOnlyList<string> Check(SavedCall call)
    {
        BpfMachine machine = Of(call).Start();
        if (machine.Run() == MachineStatus.Stopped) return [$"the machine stopped: {machine.Fault}"];
        var differences = new List<string>();
        if (machine.ReturnValue != call.Result)
            differences.Add(
                $"the program returns {(int)machine.ReturnValue} in the machine, and returned {(int)call.Result} in the kernel");
        byte[] left = machine.PacketOutput();
        int length = Math.Min(left.Length, call.After.Length);
        if (call.After.Length > 0 && call.PacketLength == call.Packet.Length
            && (left.Length != call.After.Length || !left.AsSpan(0, length).SequenceEqual(call.After)))
            differences.Add($"the packet leaves the machine as {Convert.ToHexStringLower(left)}, and left the kernel as "
                + Convert.ToHexStringLower(call.After));
        return differences;
    }

    private static IEnumerable<string> Symbols(SavedCall call) => call.Calls
        .Select(each => $"{CallBase + (ulong)(long)each.Immediate:x} t {each.Name}").Prepend($"{CallBase:x} T __bpf_call_base");

    private static CodeMap CodeMapOf(SavedMap map, Btf? btf) => new()
    {
        Id = map.Definition.Id,
        Name = map.Definition.Name,
        Type = map.Definition.Type,
        KeySize = map.Definition.KeySize,
        ValueSize = map.Definition.ValueSize,
        MaxEntries = map.Definition.MaxEntries,
        Flags = map.Definition.Flags,
        Btf = map.KeyType != 0 || map.ValueType != 0 ? btf : null,
        KeyTypeId = map.KeyType,
        ValueTypeId = map.ValueType,
    };

    private static void Fill(SavedCall call, BpfMachine machine)
    {
        var made = new Dictionary<uint, MachineMap>();
        foreach (SavedMap map in call.Maps)
        {
            if (map.Definition.Type == 0) continue;
            MachineMap? copy = machine.Maps.FirstOrDefault(each => each.Definition.Id == map.Definition.Id);
            made[map.Definition.Id] = copy ?? machine.AddMap(map.Definition);
        }

        foreach (SavedMap map in call.Maps)
        {
            if (!made.TryGetValue(map.Definition.Id, out MachineMap? copy) || map.Definition.Type == BpfMapType.ProgArray) continue;
            foreach ((byte[] key, byte[] value) in map.Elements)
            {
                bool hasMaps = map.Definition.Type is BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps;
                uint id = hasMaps && value.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(value) : 0;
                if (!hasMaps) copy.Set(key, value);
                else if (made.TryGetValue(id, out MachineMap? inner)) machine.SetMap(copy, key, inner);
            }
        }
    }
}
