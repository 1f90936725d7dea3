using Skep.Bpf;

namespace Skep.Watch.Inventory;

/// <summary>Where each program is attached.</summary>
public sealed class AttachmentIndex
{
    private readonly Dictionary<uint, List<Attachment>> _places = [];

    private AttachmentIndex()
    {
    }

    /// <summary>Reads the attachments of this moment.</summary>
    /// <param name="owners">The perf events that processes hold.</param>
    /// <exception cref="BpfException">Links may not be walked.</exception>
    public static AttachmentIndex Read(OwnerIndex owners)
    {
        ArgumentNullException.ThrowIfNull(owners);
        var index = new AttachmentIndex();
        index.Add(LinkAttachments.Read());
        index.Add(PerfAttachments.Read(owners));
        return index;
    }

    /// <summary>The places of a program.</summary>
    public IReadOnlyList<Attachment> OfProgram(uint id) => _places.TryGetValue(id, out List<Attachment>? places) ? places : [];

    private void Add(IEnumerable<Attachment> places)
    {
        foreach (Attachment place in places)
        {
            if (!_places.TryGetValue(place.ProgramId, out List<Attachment>? known)) _places[place.ProgramId] = known = [];

            // A link to a perf event is known by its holder's descriptor as well.
            if (!known.Exists(other => other.LinkId != 0 && place.LinkId == 0 && other.Target == place.Target)) known.Add(place);
        }
    }
}
