using Skep.Bpf;
using Skep.Bpf.Core;
using Skep.Linux.Errors;
using Skep.Linux.Files;

namespace Skep.Inventory.Passes;

/// <summary>Passes of the kernel over objects of its own (bpf/owners.bpf.c), by programs that are there as long as this is.</summary>
internal sealed class IteratorPass : IDisposable
{
    public const string Descriptors = "skep_owners", Programs = "skep_programs", Maps = "skep_maps", StructOps = "skep_struct_ops",
        Links = "skep_links", Tasks = "skep_seccomp";

    private const string ObjectName = "owners.bpf.o";
    private const int ReadBytes = 1 << 16;

    private readonly BpfProgram?[] _programs;

    /// <summary>Loads iterators.</summary>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public IteratorPass(PreparedIterators iterators) => _programs = iterators.Load();

    /// <summary>Fits iterators to this kernel. Nothing is loaded yet.</summary>
    /// <param name="types">The kernel's.</param>
    /// <param name="iterators">Their names.</param>
    /// <exception cref="NotSupportedException">The kernel's types are not as they are needed.</exception>
    public static PreparedIterators Prepare(KernelTypes types, params ReadOnlySpan<string> iterators)
    {
        Btf kernel =
            types.Btf
                ?? throw new NotSupportedException("walk the kernel's own lists: the kernel has no BTF (CONFIG_DEBUG_INFO_BTF)");
        return IteratorObject.Open(EmbeddedObject.Read(typeof(IteratorPass).Assembly, ObjectName)).Prepare(kernel, iterators);
    }

    /// <summary>Reads what some iterators write, which are removed when it returns.</summary>
    /// <param name="types">The kernel's.</param>
    /// <param name="iterators">Their names.</param>
    /// <returns>The records of each; null for one over what this kernel does not iterate over.</returns>
    /// <exception cref="KernelException">The kernel refused.</exception>
    /// <exception cref="NotSupportedException">The kernel's types are not as they are needed.</exception>
    public static byte[]?[] Read(KernelTypes types, params ReadOnlySpan<string> iterators)
    {
        using var pass = new IteratorPass(Prepare(types, iterators));
        return Array.ConvertAll(pass._programs, program => program is null ? null : Read(program));
    }

    /// <summary>Reads what an iterator writes.</summary>
    /// <param name="iterator">Its place among those that were loaded.</param>
    /// <returns>The records; null for one over what this kernel does not iterate over.</returns>
    /// <exception cref="KernelException">The kernel refused.</exception>
    public byte[]? Read(int iterator) => _programs[iterator] is { } program ? Read(program) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (BpfProgram? program in _programs) program?.Dispose();
    }

    private static byte[] Read(BpfProgram program)
    {
        using BpfLink link = BpfLink.AttachIterator(program);
        using Stream pass = link.OpenIterator();
        using var records = new MemoryStream();
        pass.CopyTo(records, ReadBytes);
        return records.ToArray();
    }
}
