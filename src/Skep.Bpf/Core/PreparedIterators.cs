namespace Skep.Bpf.Core;

/// <summary>Iterators that fit the running kernel, ready to be loaded.</summary>
public sealed class PreparedIterators
{
    private readonly PreparedIterator?[] _iterators;

    internal PreparedIterators(PreparedIterator?[] iterators) => _iterators = iterators;

    /// <summary>Loads them.</summary>
    /// <returns>A program for each; null for one that walks over what this kernel has no iterator over.</returns>
    /// <exception cref="BpfLoadException">The verifier refused one.</exception>
    public BpfProgram?[] Load()
    {
        var programs = new BpfProgram?[_iterators.Length];
        try
        {
            for (int i = 0; i < programs.Length; i++) programs[i] = _iterators[i]?.Load();
        }
        catch
        {
            foreach (BpfProgram? program in programs) program?.Dispose();
            throw;
        }

        return programs;
    }
}

/// <summary>An iterator that fits the running kernel.</summary>
/// <param name="Function">The C function.</param>
/// <param name="Code">The instructions.</param>
/// <param name="Target">The BTF id of the kernel's function that stands for what it walks over.</param>
internal sealed record PreparedIterator(string Function, ulong[] Code, uint Target)
{
    internal BpfProgram Load() => BpfProgram.Load(BpfProgramType.Tracing, Code, new ProgramLoadOptions
    {
        Name = Function, License = "Dual BSD/GPL", ExpectedAttachType = BpfAttachType.TraceIter, AttachBtfId = Target,
    });
}
