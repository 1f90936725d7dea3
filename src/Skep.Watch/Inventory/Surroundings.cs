using Skep.Bpf;
using Skep.Watch.Inventory.Passes;

namespace Skep.Watch.Inventory;

/// <summary>What is beside the kernel's objects and says whom they serve: who holds them, where they are pinned, where attached.</summary>
public sealed class Surroundings
{
    private readonly Task<(OwnerIndex Owners, KernelLists Lists)> _kernel;
    private readonly Task<(PinIndex Pins, AttachmentIndex? Attachments)> _places;
    private readonly Lazy<AttachmentIndex?> _attachments;
    private readonly Lazy<ProgramMetadata> _metadata;

    private Surroundings(Task<(OwnerIndex, KernelLists)> kernel, Task<(PinIndex, AttachmentIndex?)> places)
    {
        _kernel = kernel;
        _places = places;
        _attachments = new Lazy<AttachmentIndex?>(() =>
        {
            (_, AttachmentIndex? attachments) = places.GetAwaiter().GetResult();
            attachments?.Complete(Owners, Lists);
            return attachments;
        });
        _metadata = new Lazy<ProgramMetadata>(() => new ProgramMetadata(Lists));
    }

    /// <summary>The processes that hold objects. Waits until they are read.</summary>
    public OwnerIndex Owners => _kernel.GetAwaiter().GetResult().Owners;

    /// <summary>Where objects are pinned. Waits until they are read.</summary>
    public PinIndex Pins => _places.GetAwaiter().GetResult().Pins;

    /// <summary>Where programs are attached; null when it was not asked for.</summary>
    public AttachmentIndex? Attachments => _attachments.Value;

    /// <summary>What /proc says of the processes.</summary>
    public ProcessFiles Processes { get; } = new();

    /// <summary>What programs say of themselves.</summary>
    public ProgramMetadata Metadata => _metadata.Value;

    internal KernelLists Lists => _kernel.GetAwaiter().GetResult().Lists;

    /// <summary>
    /// Begins to read all of it, on threads beside this one. Owners are read by programs that are loaded for it: ids that are to be shown
    /// must have been walked before.
    /// </summary>
    /// <param name="attachments">Whether attachments are wanted as well.</param>
    /// <exception cref="BpfException">Links may not be walked.</exception>
    public static Surroundings Begin(bool attachments)
    {
        IEnumerable<Listed<LinkEntry>> links = attachments ? ObjectWalk.Links() : [];
        return new Surroundings(
            Task.Run(() => ReadKernel(attachments)),
            Task.Run(() => (PinIndex.Read(), attachments ? AttachmentIndex.Read(links) : null)));
    }

    /// <summary>Bytes of a program's memory; null where the kernel does not tell.</summary>
    internal long? Memlock(uint program)
    {
        if (Lists.Memlock(program) is { } known) return known;
        using BpfProgram? open = BpfProgram.TryOpenById(program, out _);
        return open?.ReadFields().Number("memlock"u8);
    }

    private static (OwnerIndex, KernelLists) ReadKernel(bool lists)
    {
        try
        {
            if (!lists) return (OwnerIndex.Read(), new KernelLists(null, null));
            byte[]?[] passes = IteratorPass.Read(IteratorPass.Descriptors, IteratorPass.Programs, IteratorPass.Maps);
            return (OwnerIndex.Of(passes[0]), new KernelLists(passes[1], passes[2]));
        }
        catch (Exception e) when (e is BpfException or IOException or NotSupportedException)
        {
            return (OwnerIndex.Unknown(e.Message), new KernelLists(null, null));
        }
    }
}
