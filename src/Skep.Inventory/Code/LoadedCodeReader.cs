using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Isa;
using Skep.Linux.Errors;

namespace Skep.Inventory.Code;

/// <summary>Reads programs of the kernel, with their maps and types.</summary>
public static class LoadedCodeReader
{
    /// <summary>Reads a loaded program. What may not be read, or has gone meanwhile, is left out.</summary>
    /// <param name="program">The program.</param>
    /// <param name="kernel">The one that runs here.</param>
    /// <exception cref="KernelException">The program itself may not be read.</exception>
    public static ProgramCode Read(BpfProgram program, TargetKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(kernel);
        BpfProgramInfo info = program.GetInfo();
        byte[] code = MemoryMarshal.AsBytes(program.GetXlated().AsSpan()).ToArray();
        var objects = new BtfObjects(kernel.Types);
        Btf? btf = objects.Read(info.BtfId);
        CodeFunction[] functions =
            btf is null
                ? []
                : [
                    .. program.GetFunctions().Select(f => new CodeFunction((int)f.Offset, NameOf(btf, f.TypeId), f.TypeId))
                        .OrderBy(f => f.Slot)];
        string name = functions is [{ Slot: 0, Name.Length: > 0 } main, ..] ? main.Name : info.Name;
        string? callback = btf is null ? null : ExceptionCallback.NameOf(btf, name);
        CodeMap[] maps = [.. program.GetMapIds(info).Select(id => ReadMap(id, objects))];
        BpfLine[] lines = btf is null ? [] : program.GetLines();
        Btf? target = objects.Read(info.AttachBtfObjectId);
        return new ProgramCode
        {
            Bytes = code,
            Form = ProgramForm.Translated,
            Kernel = kernel,
            Name = name,
            Info = info,
            Type = info.Type,
            GplCompatible = info.GplCompatible,
            Target = target is not null && info.AttachBtfId != 0 ? NameOf(target, info.AttachBtfId) : null,
            TargetBtf = target,
            TargetTypeId = info.AttachBtfId,
            Btf = btf,
            Functions = functions,
            ExceptionCallback = callback is null ? null : functions.FirstOrDefault(function => function.Name == callback)?.Slot,
            Lines = [.. lines.Select(line => LineOf(btf!, line)).OrderBy(line => line.Slot)],
            JitedLines = program.GetJitedLines(),
            Maps = maps,
            MapOfSlot = MapsBySlot(code, maps),
            Jited = program.GetJited(),
            JitedAddresses = program.GetJitedAddresses(),
            JitedLengths = program.GetJitedFunctionLengths(),
        };
    }

    internal static CodeLine LineOf(Btf btf, BpfLine line) =>
        new((int)line.Offset, btf.StringAt(line.FileNameOffset), line.Line, line.Column, btf.StringAt(line.LineOffset));

    internal static string? NameOf(Btf btf, uint type) =>
        type < btf.EndId && btf[type] is { Kind: BtfKind.Func or BtfKind.Typedef or BtfKind.Struct } named ? named.Name : null;

    /// <summary>Reads programs; those that are removed meanwhile are left out.</summary>
    public static IEnumerable<ProgramCode> ReadEach(IEnumerable<uint> ids, TargetKernel kernel)
    {
        ArgumentNullException.ThrowIfNull(ids);
        foreach (uint id in ids)
        {
            using BpfProgram? program = BpfProgram.TryOpenById(id, out _);
            if (program is not null) yield return Read(program, kernel);
        }
    }

    /// <summary>The map of an id; only the id when it cannot be read.</summary>
    internal static CodeMap ReadMap(uint id, BtfObjects objects)
    {
        using BpfMap? map = BpfMap.TryOpenById(id, out _);
        if (map is null) return new CodeMap { Id = id };
        BpfMapInfo info = map.Info;
        return new CodeMap
        {
            Id = id,
            Name = info.Name,
            Type = info.Type,
            KeySize = info.KeySize,
            ValueSize = info.ValueSize,
            MaxEntries = info.MaxEntries,
            Flags = (MapFlags)info.Flags,
            Btf = info.BtfKeyTypeId != 0 || info.BtfValueTypeId != 0 ? objects.Read(info.BtfId) : null,
            KeyTypeId = info.BtfKeyTypeId,
            ValueTypeId = info.BtfValueTypeId,
        };
    }

    private static Dictionary<int, int> MapsBySlot(byte[] code, CodeMap[] maps)
    {
        var numbers = new Dictionary<uint, int>();
        for (int i = 0; i < maps.Length; i++) numbers.TryAdd(maps[i].Id!.Value, i);
        var found = new Dictionary<int, int>();
        foreach (DecodedInstruction item in Decoder.Decode(code))
        {
            if (item.Kind is OperationKind.LoadMap or OperationKind.LoadMapValue && numbers.TryGetValue((uint)item.Imm, out int map))
                found[item.Index] = map;
        }

        return found;
    }
}
