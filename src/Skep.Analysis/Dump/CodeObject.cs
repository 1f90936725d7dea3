using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Analysis.Dump;

/// <summary>Makes ELF objects of programs: each function a symbol, each named map a relocation.</summary>
public static class CodeObject
{
    /// <summary>
    /// An object that llvm-objdump reads. Translated code keeps the kernel's addresses of helpers; calls of its own functions are put back
    /// into the form of objects.
    /// </summary>
    public static byte[] Write(ProgramCode code)
    {
        ArgumentNullException.ThrowIfNull(code);
        byte[] bytes = code.Bytes.ToArray();
        if (code.Form == ProgramForm.Translated) RestoreCalls(bytes);
        string section = code.SectionName ?? code.Type?.Name() ?? "prog";
        var functions = new List<BpfElfFunction>();
        var names = new HashSet<string>();
        foreach (FlowFunction function in code.Flow.Functions)
        {
            string name =
                ElfSymbolName.Of(code.FunctionName(function.Start) ?? (function.Start == 0 ? code.Name : $"func_{function.Number}"));
            if (!names.Add(name)) names.Add(name += $"_{function.Start}");
            functions.Add(new BpfElfFunction(
                name, section, bytes.AsMemory(function.Start * Instruction.Size, (function.End - function.Start) * Instruction.Size),
                References(code, function)));
        }

        return BpfElfWriter.Write(functions, code.GplCompatible == true ? "GPL" : null);
    }

    private static BpfElfReference[] References(ProgramCode code, FlowFunction function) =>
    [
        .. code.MapOfSlot.Keys.Order()
            .Where(slot => slot >= function.Start && slot < function.End && code.MapAt(slot) is { Name.Length: > 0 })
            .Select(
                slot =>
                    new BpfElfReference((slot - function.Start) * Instruction.Size, ElfSymbolName.Of(code.MapAt(slot)!.Name),
                        IsCall: false)),
    ];

    private static void RestoreCalls(byte[] bytes)
    {
        foreach (DecodedInstruction item in Decoder.Decode(bytes))
        {
            if (item.Kind != OperationKind.CallLocal) continue;
            Instruction call = item.First;
            new Instruction(call.Code, call.Dst, call.Src, 0, call.Off).Write(bytes.AsSpan(item.Index * Instruction.Size));
        }
    }
}
