namespace Skep.Watch.Inventory;

/// <summary>What is beside the kernel's objects and says whom they serve: who holds them, where they are pinned, where attached.</summary>
public sealed class Surroundings
{
    private readonly Task<OwnerIndex> _owners;
    private readonly Lazy<AttachmentIndex?> _attachments;

    private Surroundings(Task<OwnerIndex> owners, PinIndex pins, Func<AttachmentIndex?> attachments)
    {
        _owners = owners;
        _attachments = new Lazy<AttachmentIndex?>(attachments);
        Pins = pins;
    }

    /// <summary>The processes that hold objects. Waits until they are read.</summary>
    public OwnerIndex Owners => _owners.Result;

    /// <summary>Where objects are pinned.</summary>
    public PinIndex Pins { get; }

    /// <summary>Where programs are attached; null when it was not asked for.</summary>
    public AttachmentIndex? Attachments => _attachments.Value;

    /// <summary>What /proc says of the processes.</summary>
    public ProcessFiles Processes { get; } = new();

    /// <summary>
    /// Begins to read all of it. Owners are read on a thread of their own, by a program that is loaded for it: ids that are to be shown
    /// must have been walked before.
    /// </summary>
    /// <param name="attachments">Whether attachments are wanted as well.</param>
    /// <exception cref="Skep.Bpf.BpfException">Links may not be walked.</exception>
    public static Surroundings Begin(bool attachments)
    {
        IEnumerable<Listed<LinkEntry>> links = attachments ? ObjectWalk.Links() : [];
        Task<OwnerIndex> owners = Task.Run(OwnerIndex.Read);
        PinIndex pins = PinIndex.Read();
        AttachmentIndex? places = attachments ? AttachmentIndex.Read(links) : null;
        return new Surroundings(owners, pins, () =>
        {
            places?.Add(owners.Result);
            return places;
        });
    }
}
