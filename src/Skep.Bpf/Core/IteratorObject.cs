using System.Runtime.InteropServices;
using Skep.Bpf.Elf;

namespace Skep.Bpf.Core;

/// <summary>
/// An object file of clang's BPF target that holds iterators and nothing else: no maps, no variables, no functions that are called. Loaded
/// without libbpf, whose search of the kernel's BTF takes longer than to list a thousand programs. Each program is a function in a section
/// <c>iter/TARGET</c>.
/// </summary>
public sealed class IteratorObject
{
    private const string SectionPrefix = "iter/";

    private readonly ElfFile _elf;
    private readonly Btf _own;
    private readonly ElfSection _ext;

    private IteratorObject(ElfFile elf, Btf own, ElfSection ext)
    {
        _elf = elf;
        _own = own;
        _ext = ext;
    }

    /// <summary>Opens an object file from memory. Nothing is in the kernel yet.</summary>
    /// <exception cref="InvalidDataException">It is not such a file.</exception>
    public static IteratorObject Open(byte[] file)
    {
        if (!ElfFile.TryParse(file, out ElfFile? elf, out string reason)) throw new InvalidDataException($"open a BPF object: {reason}");
        if (elf.Section(".BTF") is not { } btf || elf.Section(".BTF.ext") is not { } ext)
            throw new InvalidDataException("open a BPF object: it has no BTF");
        return new IteratorObject(elf, Btf.Parse(btf.Content.ToArray()), ext);
    }

    /// <summary>Fits iterators to the running kernel. Nothing is in the kernel yet.</summary>
    /// <param name="kernel">The running kernel's BTF.</param>
    /// <param name="functions">The C functions.</param>
    /// <returns>They, ready to be loaded.</returns>
    /// <exception cref="ArgumentException">The object has no such function.</exception>
    /// <exception cref="NotSupportedException">The kernel's types are not as the object needs them.</exception>
    public PreparedIterators Prepare(Btf kernel, params ReadOnlySpan<string> functions)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        var sources = new Source[functions.Length];
        var types = new HashSet<string>();
        var targets = new HashSet<string>();
        for (int i = 0; i < sources.Length; i++)
        {
            sources[i] = Find(functions[i]);
            targets.Add(sources[i].Target);
            foreach (CoreRelocation relocation in sources[i].Relocations)
                types.Add(CoreTarget.Essential(_own.Resolve(relocation.TypeId).Name));
        }

        Dictionary<string, List<uint>> candidates = kernel.FindNamed(types, targets);
        var core = new CoreTarget(_own, kernel, candidates);
        return new PreparedIterators(Array.ConvertAll(
            sources,
            source => candidates.GetValueOrDefault(source.Target)?.Find(id => kernel[id].Kind == BtfKind.Func) is > 0 and var target
                ? new PreparedIterator(source.Function, Relocate(core, source), target) : null));
    }

    private Source Find(string function)
    {
        ElfSymbol symbol = _elf.Symbols.FirstOrDefault(symbol => symbol.Name == function && symbol.Type == ElfFormat.STT_FUNC)
            ?? throw new ArgumentException($"the object has no function {function}");
        ElfSection section = _elf.Sections[symbol.SectionIndex];
        if (!section.Name.StartsWith(SectionPrefix, StringComparison.Ordinal))
            throw new ArgumentException($"{function} is not an iterator");
        List<CoreRelocation> relocations = CoreRelocation.Read(_ext.Content.Span, _own, section.Name);
        relocations.RemoveAll(relocation => relocation.Offset < symbol.Value || relocation.Offset >= symbol.Value + symbol.Size);
        return new Source(
            function, $"bpf_iter_{section.Name[SectionPrefix.Length..]}", (uint)symbol.Value,
            section.Content.Slice((int)symbol.Value, (int)symbol.Size), relocations);
    }

    private static ulong[] Relocate(CoreTarget core, Source source)
    {
        ulong[] code = MemoryMarshal.Cast<byte, ulong>(source.Code.Span).ToArray();

        // The same field is often asked for: its answer is found once.
        var known = new Dictionary<(uint, string, CoreRelocationKind), CoreAnswer>();
        foreach (CoreRelocation relocation in source.Relocations)
        {
            (uint, string, CoreRelocationKind) key = (relocation.TypeId, relocation.Access, relocation.Kind);
            if (!known.TryGetValue(key, out CoreAnswer answer)) known[key] = answer = core.Answer(relocation);
            CorePatch.Apply(code, (int)(relocation.Offset - source.Offset) / sizeof(ulong), relocation, answer);
        }

        return code;
    }

    /// <summary>An iterator as the file has it.</summary>
    /// <param name="Function">The C function.</param>
    /// <param name="Target">The kernel's function that stands for what it walks over.</param>
    /// <param name="Offset">Bytes from the section's start.</param>
    /// <param name="Code">The instructions.</param>
    /// <param name="Relocations">Those within.</param>
    private sealed record Source(string Function, string Target, uint Offset, ReadOnlyMemory<byte> Code, List<CoreRelocation> Relocations);
}
