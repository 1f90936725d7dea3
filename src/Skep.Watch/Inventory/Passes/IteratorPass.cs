using Skep.Bpf;
using Skep.Bpf.Core;
using Skep.Watch.Decode;

namespace Skep.Watch.Inventory.Passes;

/// <summary>One pass of the kernel over objects of its own (bpf/owners.bpf.c). Its programs are gone when it returns, so that they are not among what is listed.</summary>
internal static class IteratorPass
{
    public const string Descriptors = "skep_owners", Programs = "skep_programs", Maps = "skep_maps", StructOps = "skep_struct_ops", Links = "skep_links", Tasks = "skep_seccomp";

    private const string ObjectName = "owners.bpf.o";
    private const int ReadBytes = 1 << 16;

    /// <summary>Reads what some iterators write.</summary>
    /// <returns>The records of each; null for one over what this kernel does not iterate over.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="NotSupportedException">The kernel's types are not as they are needed.</exception>
    public static byte[]?[] Read(params ReadOnlySpan<string> iterators)
    {
        Btf kernel = KernelTypes.Btf ?? throw new NotSupportedException("walk the kernel's own lists: the kernel has no BTF (CONFIG_DEBUG_INFO_BTF)");
        BpfProgram?[] programs = IteratorObject.Open(EmbeddedObject.Read(ObjectName)).Load(kernel, iterators);
        try
        {
            return Array.ConvertAll(programs, program => program is null ? null : Read(program));
        }
        finally
        {
            foreach (BpfProgram? program in programs) program?.Dispose();
        }
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
