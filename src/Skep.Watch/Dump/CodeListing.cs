using Skep.Bpf;
using Skep.Isa;
using Skep.Watch.Code;

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
    public static CodeListing OfProgram(BpfProgram program) => Of(LoadedCodeReader.Read(program));

    /// <summary>The programs of a file: an ELF object's, or raw instructions as <c>skep watch --save</c> writes them.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It holds no BPF code.</exception>
    public static IReadOnlyList<CodeListing> OfFile(string path) => [.. CodeFileReader.Read(path).Select(Of)];

    private static CodeListing Of(ProgramCode code) =>
        new(code.SectionName is { } section ? $"{section}: {code.Name}" : code.Name, code.Bytes, code.Form, code.Symbols);
}
