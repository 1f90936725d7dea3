using System.Diagnostics.CodeAnalysis;
using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Isa;
using Skep.Linux.Files;

namespace Skep.Inventory.Code;

/// <summary>Reads programs from files: ELF objects, and raw instructions with what <c>skep watch --save</c> wrote beside them.</summary>
public static class CodeFileReader
{
    /// <summary>The programs of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kernel">The kernel that they are for; null when it is not known.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It holds no BPF code.</exception>
    public static IReadOnlyList<ProgramCode> Read(string path, TargetKernel? kernel = null) =>
        Read(path, InputFile.ReadBytes(path, InputLimit.Code), kernel);

    /// <summary>The programs of a file that was read already: a pipe is read once.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">What it holds.</param>
    /// <param name="kernel">The kernel that they are for; null when it is not known.</param>
    /// <exception cref="IOException">What lies beside it cannot be read.</exception>
    /// <exception cref="InvalidDataException">It holds no BPF code.</exception>
    public static IReadOnlyList<ProgramCode> Read(string path, byte[] bytes, TargetKernel? kernel)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        IReadOnlyList<ProgramCode> programs = ReadPrograms(path, bytes);
        return kernel is null ? programs : [.. programs.Select(code => code with { Kernel = kernel })];
    }

    private static IReadOnlyList<ProgramCode> ReadPrograms(string path, byte[] bytes)
    {
        SavedDescription? saved = SavedDescription.Beside(path);
        if (ElfFile.IsElf(bytes))
        {
            if (!TryReadObject(bytes, out IReadOnlyList<ProgramCode> programs, out string? fault))
                throw new InvalidDataException($"reading {path}: {fault}");
            return saved is not null && programs is [{ Btf: null } only] ? [Raw(only.Bytes, only.Name, saved)] : programs;
        }

        if (bytes.Length == 0 || bytes.Length % Instruction.Size != 0)
            throw new InvalidDataException(
                $"reading {path}: {bytes.Length} bytes are neither an ELF object nor a whole number of 8-byte instructions (give a file "
                + $"that skep watch --save or clang -target bpf made)");
        // What is printed of instructions is all that is in them; what no program can be may be a file of another kind.
        if (saved is null && !HasExit(bytes))
            throw new InvalidDataException(
                $"reading {path}: it is neither an ELF object nor BPF instructions, which have an exit (give a file that skep watch "
                + $"--save or clang -target bpf made)");
        return [Raw(bytes, null, saved)];
    }

    /// <summary>The programs of an ELF object that was read already.</summary>
    /// <param name="bytes">The object.</param>
    /// <param name="programs">One or more.</param>
    /// <param name="fault">Why there is none.</param>
    public static bool TryReadObject(byte[] bytes, out IReadOnlyList<ProgramCode> programs, [NotNullWhen(false)] out string? fault)
    {
        programs = [];
        if (!ElfFile.TryParse(bytes, out ElfFile? elf, out string reason)) fault = reason;
        else if (!elf.IsBpf) fault = $"it is an ELF file for machine {elf.Machine}, not for BPF (247)";
        else if ((programs = ElfCodeReader.Read(elf)).Count == 0) fault = "it holds no program";
        else fault = null;
        return fault is null;
    }

    /// <summary>The map that a symbol of an object stands for; null when it stands for none.</summary>
    public static CodeMap? MapOf(ElfFile file, ElfSymbol symbol, Btf btf)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(symbol);
        ArgumentNullException.ThrowIfNull(btf);
        return ElfMaps.OfSymbol(file, symbol, btf);
    }

    private static bool HasExit(byte[] bytes)
    {
        const byte Exit = 0x95;
        for (int at = 0; at < bytes.Length; at += Instruction.Size)
            if (bytes[at] == Exit && !bytes.AsSpan(at + 1, Instruction.Size - 1).ContainsAnyExcept((byte)0)) return true;
        return false;
    }

    /// <summary>A program of bytes alone, as they were loaded.</summary>
    public static ProgramCode Raw(ReadOnlyMemory<byte> bytes) => Raw(bytes, null, null);

    private static ProgramCode Raw(ReadOnlyMemory<byte> bytes, string? name, SavedDescription? saved)
    {
        var maps = new List<CodeMap>();
        var numbers = new Dictionary<(OperationKind, int), int>();
        var slots = new Dictionary<int, int>();
        foreach (DecodedInstruction item in Decoder.Decode(bytes.Span))
        {
            bool indexed = item.Kind is OperationKind.LoadMapIndex or OperationKind.LoadMapIndexValue;
            if (!indexed && item.Kind is not (OperationKind.LoadMap or OperationKind.LoadMapValue)) continue;
            (OperationKind, int) key = (indexed ? OperationKind.LoadMapIndex : OperationKind.LoadMap, item.Imm);
            if (!numbers.TryGetValue(key, out int number))
            {
                numbers[key] = number = maps.Count;
                maps.Add(indexed ? new CodeMap { Name = $"fd_array[{item.Imm}]" } : new CodeMap { Fd = item.Imm });
            }

            slots[item.Index] = number;
        }

        return new ProgramCode
        {
            Bytes = bytes,
            Form = ProgramForm.Loaded,
            Name = saved?.Name ?? name,
            Type = saved?.Type,
            ExpectedAttachType = saved?.ExpectedAttachType,
            GplCompatible = saved?.GplCompatible,
            Target = saved?.AttachFunction,
            Maps = maps,
            MapOfSlot = slots,
        };
    }

    /// <summary>What the event beside a saved program says (Output/JsonEventWriter).</summary>
    private sealed record SavedDescription(string? Name, BpfProgramType? Type, BpfAttachType? ExpectedAttachType, string? AttachFunction,
        bool? GplCompatible)
    {
        public static SavedDescription? Beside(string path)
        {
            if (Path.GetExtension(path) is not (".bin" or ".o") || SavedEvent.Read(Path.ChangeExtension(path, ".json")) is not { } program)
                return null;
            if (program.Sha256 != Path.GetFileNameWithoutExtension(path)) return null;
            return new SavedDescription(
                program.Name,
                BpfProgramTypeNames.TryParse(program.Type, out BpfProgramType type) ? type : null,
                BpfAttachTypeNames.TryParse(program.ExpectedAttachType, out BpfAttachType attach) ? attach : null,
                program.AttachFunc,
                program.GplCompatible);
        }
    }
}
