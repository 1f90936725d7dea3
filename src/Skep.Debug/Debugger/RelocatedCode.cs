using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Debug.Objects;
using Skep.Inventory.Code;
using Skep.Isa;

namespace Skep.Debug.Debugger;

/// <summary>A program whose CO-RE relocations are applied, by libbpf for the kernel that runs here.</summary>
public static class RelocatedCode
{
    /// <summary>The program with the instructions that a load gives it; the same where it has no relocations.</summary>
    /// <param name="code">A program of the file.</param>
    /// <param name="elf">The object file.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="BpfLoadException">libbpf or the kernel refused it.</exception>
    public static ProgramCode Of(ProgramCode code, byte[] elf, string name)
    {
        ArgumentNullException.ThrowIfNull(code);
        if (code.CoreFields.Values.All(field => field.IsLocal)) return code;
        using var file = BpfObject.Open(elf, name);
        if (!ProgramChoice.TryFind(
            [.. file.Programs.Select(ProgramName.Of)], ProgramName.Of(code).ToString(), out int index, out string? mistake))
            throw new InvalidDataException($"relocate {name}: {mistake}");
        BpfObjectProgram program = file.Programs[index];
        file.LoadOnly(program);
        ReadOnlySpan<byte> loaded = MemoryMarshal.AsBytes(program.GetInstructions().AsSpan());
        byte[] bytes = code.Bytes.ToArray();

        // Of all others the map descriptors of the load are no use here.
        foreach (int slot in code.CoreFields.Keys)
        {
            int at = slot * Instruction.Size;
            if (at + Instruction.Size <= loaded.Length) loaded.Slice(at, Instruction.Size).CopyTo(bytes.AsSpan(at));
        }

        return code with { Bytes = bytes, CoreFields = new Dictionary<int, CoreField>() };
    }
}
