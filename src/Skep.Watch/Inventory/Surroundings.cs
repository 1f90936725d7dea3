namespace Skep.Watch.Inventory;

/// <summary>What is beside the kernel's objects and says whom they serve: who holds them, where they are pinned, where attached.</summary>
/// <param name="Owners">The processes that hold them.</param>
/// <param name="Pins">Where they are pinned.</param>
/// <param name="Attachments">Where programs are attached; null when it was not asked for.</param>
/// <param name="Processes">What /proc says of the processes.</param>
public sealed record Surroundings(OwnerIndex Owners, PinIndex Pins, AttachmentIndex? Attachments, ProcessFiles Processes)
{
    /// <summary>Reads all of it.</summary>
    /// <param name="attachments">Whether attachments are wanted as well.</param>
    public static Surroundings Read(bool attachments)
    {
        // First the owners: their kernel side must be gone before links are walked.
        OwnerIndex owners = OwnerIndex.Read();
        return new Surroundings(owners, PinIndex.Read(), attachments ? AttachmentIndex.Read(owners) : null, new ProcessFiles());
    }
}
