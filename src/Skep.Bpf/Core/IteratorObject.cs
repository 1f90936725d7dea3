using System.Runtime.InteropServices;
using Skep.Bpf.Elf;

namespace Skep.Bpf.Core;

/// <summary>
/// An object file of clang's BPF target that holds iterators and nothing else: no maps, no variables, no functions that are called. Loaded without
/// libbpf, whose search of the kernel's BTF takes longer than to list a thousand programs. Each program is a section <c>iter/TARGET</c>.
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
        if (elf.Section(".BTF") is not { } btf || elf.Section(".BTF.ext") is not { } ext) throw new InvalidDataException("open a BPF object: it has no BTF");
        return new IteratorObject(elf, Btf.Parse(btf.Content.ToArray()), ext);
    }

    /// <summary>Loads iterators.</summary>
    /// <param name="kernel">The running kernel's BTF.</param>
    /// <param name="targets">What they walk over: <c>task_file</c>.</param>
    /// <returns>A program for each; null for a target that this kernel does not have.</returns>
    /// <exception cref="BpfLoadException">The verifier refused one.</exception>
    /// <exception cref="NotSupportedException">The kernel's types are not as the object needs them.</exception>
    public BpfProgram?[] Load(Btf kernel, params ReadOnlySpan<string> targets)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        var relocations = new List<CoreRelocation>[targets.Length];
        var names = new HashSet<string>();
        for (int i = 0; i < targets.Length; i++)
        {
            relocations[i] = CoreRelocation.Read(_ext.Content.Span, _own, SectionPrefix + targets[i]);
            names.Add(Function(targets[i]));
            foreach (CoreRelocation relocation in relocations[i]) names.Add(CoreTarget.Essential(_own.Resolve(relocation.TypeId).Name));
        }

        Dictionary<string, List<uint>> candidates = kernel.FindNamed(names);
        var core = new CoreTarget(_own, kernel, candidates);
        var programs = new BpfProgram?[targets.Length];
        try
        {
            for (int i = 0; i < targets.Length; i++) programs[i] = Load(kernel, candidates, core, targets[i], relocations[i]);
        }
        catch
        {
            foreach (BpfProgram? program in programs) program?.Dispose();
            throw;
        }

        return programs;
    }

    private static string Function(string target) => $"bpf_iter_{target}";

    private BpfProgram? Load(Btf kernel, Dictionary<string, List<uint>> candidates, CoreTarget core, string target, List<CoreRelocation> relocations)
    {
        ElfSection section = _elf.Section(SectionPrefix + target) ?? throw new ArgumentException($"the object has no iterator over {target}");
        uint? attach = candidates.GetValueOrDefault(Function(target))?.Find(id => kernel[id].Kind == BtfKind.Func);
        if (attach is null or 0) return null;
        ulong[] code = MemoryMarshal.Cast<byte, ulong>(section.Content.Span).ToArray();

        // The same field is often asked for: its answer is found once.
        var known = new Dictionary<(uint, string, CoreRelocationKind), CoreAnswer>();
        foreach (CoreRelocation relocation in relocations)
        {
            (uint, string, CoreRelocationKind) key = (relocation.TypeId, relocation.Access, relocation.Kind);
            if (!known.TryGetValue(key, out CoreAnswer answer)) known[key] = answer = core.Answer(relocation);
            CorePatch.Apply(code, (int)relocation.Offset / sizeof(ulong), relocation, answer);
        }

        return BpfProgram.Load(BpfProgramType.Tracing, code, new ProgramLoadOptions
        {
            Name = _elf.Symbols.FirstOrDefault(symbol => symbol.SectionIndex == section.Index && symbol.Type == ElfFormat.STT_FUNC)?.Name ?? target,
            License = "Dual BSD/GPL",
            ExpectedAttachType = BpfAttachType.TraceIter,
            AttachBtfId = attach.Value,
        });
    }
}
