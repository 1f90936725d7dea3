using Skep.Inventory.Objects;
using Skep.Output;

namespace Skep.Inventory.Listing;

/// <summary>An attachment on a line.</summary>
internal static class AttachmentText
{
    public static string Line(Attachment place)
    {
        string text = place.LinkId != 0 ? $"by link {place.LinkId}" : $"by {place.Kind.Name()}";
        if (place.Point?.Name is { } point && point != place.Kind.Name()) text += $", {point}";
        return place.Target is { } target ? $"{text}: {SafeText.Escape(target.Text)}" : text;
    }
}
