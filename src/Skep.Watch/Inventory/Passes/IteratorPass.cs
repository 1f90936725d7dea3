using Skep.Bpf;
using Skep.Bpf.Core;
using Skep.Watch.Decode;

namespace Skep.Watch.Inventory.Passes;

/// <summary>One pass of the kernel over objects of its own (bpf/owners.bpf.c). Its programs are gone when it returns, so that they are not among what is listed.</summary>
internal static class IteratorPass
{
    public const string Descriptors = "task_file", Programs = "bpf_prog", Maps = "bpf_map", Links = "bpf_link", Tasks = "task";

    private const string ObjectName = "owners.bpf.o";
    private const int ReadBytes = 1 << 16;

    /// <summary>Reads what the iterators over some targets write.</summary>
    /// <returns>The records for each target; null for one that this kernel has no iterator over.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    /// <exception cref="NotSupportedException">The kernel's types are not as they are needed.</exception>
    public static byte[]?[] Read(params ReadOnlySpan<string> targets)
    {
        Btf kernel = KernelTypes.Btf ?? throw new NotSupportedException("walk the kernel's own lists: the kernel has no BTF (CONFIG_DEBUG_INFO_BTF)");
        BpfProgram?[] programs = IteratorObject.Open(EmbeddedObject.Read(ObjectName)).Load(kernel, targets);
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
