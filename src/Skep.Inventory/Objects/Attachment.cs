namespace Skep.Inventory.Objects;

/// <summary>A place where a program is attached.</summary>
/// <param name="ProgramId">The program.</param>
/// <param name="Kind">By what.</param>
/// <param name="Point">At which point; null where the kind is all.</param>
/// <param name="Target">What it is attached to; null where the kernel does not report it.</param>
/// <param name="LinkId">The link; 0 for none.</param>
public sealed record Attachment(
    uint ProgramId, AttachmentKind Kind, AttachmentPoint? Point, AttachmentTarget? Target, uint LinkId = 0)
{
    /// <summary>Of a place where programs run one after the other: its number among them, from 0; null where it is not known.</summary>
    public int? Order { get; init; }
}
