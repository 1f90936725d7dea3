using System.Text.Json;
using Skep.Bpf;
using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>Writes where programs are attached by the places, not by the programs.</summary>
public static class PlacesWriter
{
    /// <summary>Writes an array: each place, with its programs in the order in which they run, as far as that is known.</summary>
    /// <param name="json">Takes it.</param>
    /// <param name="programs">The programs.</param>
    /// <param name="attachments">Where each is attached.</param>
    public static void WriteJson(Utf8JsonWriter json, IEnumerable<ProgramEntry> programs, AttachmentIndex attachments)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(programs);
        ArgumentNullException.ThrowIfNull(attachments);
        var places = new Dictionary<AttachPlace, List<(ProgramEntry Program, Attachment At)>>();
        foreach (ProgramEntry program in programs)
        {
            foreach (Attachment one in attachments.OfProgram(program.Info.Id))
            {
                AttachPlace place = AttachPlace.Of(one);
                if (!places.TryGetValue(place, out List<(ProgramEntry, Attachment)>? there)) places[place] = there = [];
                there.Add((program, one));
            }
        }

        json.WriteStartArray();
        foreach ((AttachPlace place, List<(ProgramEntry Program, Attachment At)> there) in places
            .OrderBy(pair => pair.Key.Kind, StringComparer.Ordinal).ThenBy(pair => pair.Key.Netns)
            .ThenBy(pair => pair.Key.Place, StringComparer.Ordinal).ThenBy(pair => pair.Key.Point, StringComparer.Ordinal))
        {
            json.WriteStartObject();
            json.WriteString("kind", place.Kind);
            json.WriteString("place", place.Place);
            if (place.Point is { } point) json.WriteString("attach_type", point);
            if (place.Netns is { } netns) json.WriteNumber("netns", netns);
            json.WriteObjects("programs", there.OrderBy(one => one.At.Order ?? int.MaxValue).ThenBy(one => one.Program.Info.Id), one =>
            {
                json.WriteNumber("id", one.Program.Info.Id);
                json.WriteString("name", one.Program.Name);
                json.WriteString("type", one.Program.Info.Type.Name());
                if (one.At.LinkId != 0) json.WriteNumber("link_id", one.At.LinkId);
                if (one.At.Order is { } order) json.WriteNumber("order", order);
            });
            json.WriteEndObject();
            StreamOutput.FlushWhenFull(json);
        }

        json.WriteEndArray();
    }
}
