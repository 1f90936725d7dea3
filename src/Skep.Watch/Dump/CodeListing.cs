using Skep.Bpf;
using Skep.Bpf.Elf;
using Skep.Isa;

namespace Skep.Watch.Dump;

/// <summary>Code that is to be shown, and what its operands mean.</summary>
/// <param name="Name">What it is called; null for bytes without a name.</param>
/// <param name="Code">The instructions.</param>
/// <param name="Form">Whose view they are.</param>
/// <param name="Symbols">Names for what they refer to.</param>
public sealed record CodeListing(string? Name, ReadOnlyMemory<byte> Code, ProgramForm Form, ISymbolResolver? Symbols)
{
    /// <summary>The translated code of a loaded program.</summary>
    /// <exception cref="BpfException">There is no such program, or it may not be read.</exception>
    public static CodeListing OfProgram(BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        ulong[] code = program.GetXlated();
        return new CodeListing(program.GetInfo().Name, System.Runtime.InteropServices.MemoryMarshal.AsBytes(code.AsSpan()).ToArray(), ProgramForm.Translated, new KernelSymbols());
    }

    /// <summary>The programs of a file: an ELF object's, or raw instructions as <c>skep watch --save</c> writes them.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It holds no BPF code.</exception>
    public static IReadOnlyList<CodeListing> OfFile(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (ElfFile.IsElf(bytes)) return OfElf(path, bytes);
        if (bytes.Length == 0 || bytes.Length % Instruction.Size != 0)
            throw new InvalidDataException($"reading {path}: {bytes.Length} bytes are neither an ELF object nor a whole number of 8-byte instructions (give a file that skep watch --save or clang -target bpf made)");
        return [new CodeListing(null, bytes, ProgramForm.Loaded, null)];
    }

    private static CodeListing[] OfElf(string path, byte[] bytes)
    {
        if (!ElfFile.TryParse(bytes, out ElfFile? elf, out string reason)) throw new InvalidDataException($"reading {path}: {reason}");
        if (!elf.IsBpf) throw new InvalidDataException($"reading {path}: it is an ELF file for machine {elf.Machine}, not for BPF (247)");
        CodeListing[] listings = [.. BpfElfProgram.List(elf).Select(p => new CodeListing($"{p.SectionName}: {p.Name}", p.Instructions, ProgramForm.Loaded, new RelocatedSymbols(p)))];
        return listings.Length > 0 ? listings : throw new InvalidDataException($"reading {path}: it holds no program");
    }

    /// <summary>What an object's relocations will put in.</summary>
    private sealed class RelocatedSymbols(BpfElfProgram program) : ISymbolResolver
    {
        private readonly Dictionary<long, string> _names = Names(program);

        public string? Map(in DecodedInstruction load) => _names.TryGetValue(load.Index, out string? name) ? $"map[{name}]" : null;

        public string? KernelFunction(in DecodedInstruction call) => _names.GetValueOrDefault(call.Index);

        private static Dictionary<long, string> Names(BpfElfProgram program)
        {
            var names = new Dictionary<long, string>();
            foreach (ElfRelocation relocation in program.Relocations)
                if (relocation.Symbol is { Name.Length: > 0 } symbol) names[(long)(relocation.Offset / Instruction.Size)] = symbol.Name;
            return names;
        }
    }
}
