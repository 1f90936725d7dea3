using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Debug.Machine;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.Image;
using Skep.Debug.Machine.Maps;
using Skep.Debug.Machine.State;
using Skep.Isa;

namespace Skep.Debug.Tests.Machine;

/// <summary>A program in the kernel and in a machine, with maps of the same content.</summary>
internal sealed class KernelPair : IDisposable
{
    private readonly BpfMap[] _maps;
    private readonly byte[] _packet = new byte[70_000];
    private readonly byte[] _context = new byte[256];

    internal KernelPair(BpfProgramType type, Instruction[] code, params MapDefinition[] maps)
        : this(type, code, new MachineOptions(), maps)
    {
    }

    /// <param name="type">The type.</param>
    /// <param name="code">The instructions.</param>
    /// <param name="options">The machine's.</param>
    /// <param name="maps">The maps, by index.</param>
    /// <param name="kfuncs">The names of kernel functions, by BTF id.</param>
    internal KernelPair(BpfProgramType type, Instruction[] code, MachineOptions options, MapDefinition[] maps,
        IReadOnlyDictionary<int, string>? kfuncs = null)
    {
        Code = code;
        _maps = [.. maps.Select(map => BpfMap.Create(
            new BpfMapSpec(map.Type, map.KeySize, map.ValueSize, map.MaxEntries) { Flags = map.Flags, Extra = map.Extra }))];
        for (int i = 0; i < maps.Length; i++)
        {
            if (maps[i].Content.IsEmpty) continue;
            _maps[i].Update(new byte[sizeof(uint)], maps[i].Content.Span);
            if ((maps[i].Flags & MapFlags.ReadOnlyForPrograms) != 0) _maps[i].Freeze();
        }

        try
        {
            Program = BpfProgram.Load(type, MemoryMarshal.Cast<Instruction, ulong>(code), new ProgramLoadOptions { Maps = _maps });
        }
        catch
        {
            foreach (BpfMap map in _maps) map.Dispose();
            throw;
        }

        var names = new Dictionary<int, string>();
        foreach (DecodedInstruction item in Decoder.Decode(code))
            if (item.Kind == OperationKind.CallKfunc) names[item.Index] = kfuncs![item.Imm];
        Machine = new BpfMachine([ProgramImage.Of("test", type, code, maps) with { Calls = names }], options);
    }

    internal Instruction[] Code { get; }

    internal BpfProgram Program { get; }

    internal BpfMachine Machine { get; }

    internal IReadOnlyList<BpfMap> Maps => _maps;

    /// <summary>Runs both; null when they agree, else how they differ.</summary>
    internal string? Run(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> context = default)
    {
        BpfRunResult kernel = Program.Run(new BpfRun
        {
            Data = packet,
            DataOut = packet.IsEmpty ? default : _packet,
            Context = context.IsEmpty ? default : context.ToArray(),
            ContextOut = context.IsEmpty || packet.IsEmpty ? default : _context.AsSpan(0, context.Length),
        });
        Machine.Start(new MachineInput { Packet = packet.ToArray(), Context = context.ToArray() });
        if (Machine.Run(10_000_000) != MachineStatus.Finished) return $"the machine is {Machine.Status}: {Machine.Fault}";
        if (Machine.ReturnValue != kernel.ReturnValue) return $"returns {Machine.ReturnValue:x}, the kernel {kernel.ReturnValue:x}";
        if (packet.IsEmpty) return null;
        ReadOnlySpan<byte> left = _packet.AsSpan(0, kernel.DataLength);
        byte[] own = Machine.PacketOutput();
        if (!left.SequenceEqual(own)) return $"packet\n{Convert.ToHexString(own)}, the kernel's\n{Convert.ToHexString(left)}";
        if (context.IsEmpty) return null;
        ReadOnlySpan<byte> after = _context.AsSpan(0, context.Length);
        byte[] ownContext = Machine.ContextOutput();
        return after.SequenceEqual(ownContext.AsSpan(0, context.Length)) ? null
            : $"context\n{Convert.ToHexString(ownContext)}, the kernel's\n{Convert.ToHexString(after)}";
    }

    /// <summary>Sets a key in both.</summary>
    internal void Set(int map, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _maps[map].Update(key, value);
        Assert.Equal(0, Machine.Maps[map].Set(key, value));
    }

    /// <summary>Compares all elements of the maps.</summary>
    internal string? CompareMaps()
    {
        for (int i = 0; i < _maps.Length; i++)
        {
            if (_maps[i].Info.KeySize == 0 || _maps[i].Info.Type is BpfMapType.PerfEventArray or BpfMapType.ProgArray) continue;
            MachineMap own = Machine.Maps[i];
            var entries = own.Entries().ToDictionary(entry => Convert.ToHexString(entry.Key), entry => Convert.ToHexString(entry.Value));
            string? difference = null;
            int count = 0;
            _maps[i].Scan((key, value, _) =>
            {
                count++;
                string k = Convert.ToHexString(key), v = Convert.ToHexString(value);
                if (entries.GetValueOrDefault(k) != v) difference ??= $"map {i}: {k} is {entries.GetValueOrDefault(k)}, the kernel's {v}";
                return true;
            });
            if (difference is not null) return difference;
            if (count != entries.Count) return $"map {i}: {entries.Count} elements, the kernel's {count}";
        }

        return null;
    }

    internal string Listing()
    {
        var text = new TextOutput();
        var disassembler = new Disassembler(new DisassemblerOptions());
        foreach (DecodedInstruction item in Decoder.Decode(Code))
        {
            text.Write($"{item.Index,4}: ");
            disassembler.Write(item, text);
            text.Write("\n");
        }

        return text.ToString();
    }

    public void Dispose()
    {
        Program.Dispose();
        foreach (BpfMap map in _maps) map.Dispose();
    }
}
